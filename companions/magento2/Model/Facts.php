<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Magento\Framework\Event;

/**
 * What an event of Magento says has happened.
 */
class Facts
{
    private const CANCELED = 'canceled';

    private const DOCUMENTS = [
        'sales_order_invoice_save_after' => 'invoice',
        'sales_order_shipment_save_after' => 'shipment',
        'sales_order_creditmemo_save_after' => 'creditmemo',
    ];

    /** Null when there is nothing to tell: a guest's newsletter address, an object without an id. */
    public function fromEvent(Event $event): ?Fact
    {
        $name = (string)$event->getName();
        if (isset(self::DOCUMENTS[$name])) {
            return $this->document(self::DOCUMENTS[$name], $event->getData(self::DOCUMENTS[$name]));
        }
        $fact = match ($name) {
            'sales_order_save_after' => $this->order($event->getData('order')),
            'sales_order_shipment_track_save_after' => $this->track($event->getData('track')),
            'customer_save_after_data_object' => $this->customer($event->getData('customer_data_object')),
            'customer_address_save_after' => $this->address($event->getData('customer_address')),
            'newsletter_subscriber_save_after' => $this->subscriber($event->getData('subscriber')),
            'catalog_product_save_after' => $this->product($event->getData('product')),
            default => null,
        };
        return $fact !== null && $fact->entityId > 0 ? $fact : null;
    }

    /**
     * @param \Magento\Sales\Model\Order $order
     */
    private function order($order): Fact
    {
        $isCanceled = $order->getState() === self::CANCELED && $order->getOrigData('state') !== self::CANCELED;
        $event = $order->getOrigData('entity_id') ? 'order.updated' : 'order.placed';
        return new Fact(
            $isCanceled ? 'order.canceled' : $event,
            'order',
            (int)$order->getEntityId(),
            (int)$order->getStoreId(),
            (string)$order->getIncrementId()
        );
    }

    /**
     * @param \Magento\Sales\Model\AbstractModel $document invoice, shipment or credit memo
     */
    private function document(string $type, $document): Fact
    {
        return new Fact(
            "$type.saved",
            $type,
            (int)$document->getEntityId(),
            (int)$document->getStoreId(),
            (string)$document->getIncrementId(),
            (int)$document->getOrderId()
        );
    }

    /**
     * @param \Magento\Sales\Model\Order\Shipment\Track $track
     */
    private function track($track): Fact
    {
        $shipment = $track->getShipment();
        return new Fact(
            'track.saved',
            'track',
            (int)$track->getEntityId(),
            (int)$shipment->getStoreId(),
            '',
            (int)$track->getOrderId()
        );
    }

    /**
     * @param \Magento\Customer\Api\Data\CustomerInterface $customer
     */
    private function customer($customer): Fact
    {
        return new Fact('customer.saved', 'customer', (int)$customer->getId(), (int)$customer->getStoreId());
    }

    /**
     * @param \Magento\Customer\Model\Address $address
     */
    private function address($address): Fact
    {
        // Without it the customer's change time may stay as it was.
        $customer = $address->getCustomer();
        $storeId = $customer ? (int)$customer->getStoreId() : 0;
        return new Fact('customer.saved', 'customer', (int)$address->getCustomerId(), $storeId);
    }

    /**
     * @param \Magento\Newsletter\Model\Subscriber $subscriber
     */
    private function subscriber($subscriber): Fact
    {
        $storeId = (int)$subscriber->getStoreId();
        return new Fact('customer.saved', 'customer', (int)$subscriber->getCustomerId(), $storeId);
    }

    /**
     * @param \Magento\Catalog\Model\Product $product
     */
    private function product($product): Fact
    {
        return new Fact('product.saved', 'product', (int)$product->getId(), 0, (string)$product->getSku());
    }
}
