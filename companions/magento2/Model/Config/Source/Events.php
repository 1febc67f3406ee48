<?php

declare(strict_types=1);

namespace Hub\Connector\Model\Config\Source;

use Magento\Framework\Data\OptionSourceInterface;

class Events implements OptionSourceInterface
{
    /**
     * @return array<int, array{value: string, label: \Magento\Framework\Phrase}>
     */
    public function toOptionArray(): array
    {
        return [
            ['value' => 'order', 'label' => __('Orders')],
            ['value' => 'invoice', 'label' => __('Invoices')],
            ['value' => 'shipment', 'label' => __('Shipments')],
            ['value' => 'track', 'label' => __('Tracking Numbers')],
            ['value' => 'creditmemo', 'label' => __('Credit Memos')],
            ['value' => 'customer', 'label' => __('Customers')],
            ['value' => 'product', 'label' => __('Products')],
        ];
    }
}
