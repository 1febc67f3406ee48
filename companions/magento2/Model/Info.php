<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Hub\Connector\Api\InfoInterface;
use Magento\Framework\App\Config\ScopeConfigInterface;
use Magento\Framework\App\ProductMetadataInterface;
use Magento\Payment\Api\PaymentMethodListInterface;
use Magento\Sales\Model\ResourceModel\Order\Status\CollectionFactory as StatusCollectionFactory;
use Magento\Shipping\Model\Config as ShippingConfig;
use Magento\Store\Model\ScopeInterface;
use Magento\Store\Model\StoreManagerInterface;
use Throwable;

class Info implements InfoInterface
{
    /** Of this module, as in composer.json. */
    public const VERSION = '0.1.0';

    public function __construct(
        private readonly ProductMetadataInterface $metadata,
        private readonly StoreManagerInterface $storeManager,
        private readonly StatusCollectionFactory $statuses,
        private readonly PaymentMethodListInterface $payments,
        private readonly ShippingConfig $shipping,
        private readonly ScopeConfigInterface $scopeConfig,
        private readonly Config $config
    ) {
    }

    /**
     * @inheritDoc
     */
    public function getInfo()
    {
        $views = [];
        $payments = [];
        $carriers = [];
        foreach ($this->storeManager->getStores() as $store) {
            $id = (int)$store->getId();
            $views[] = [
                'id' => $id,
                'code' => (string)$store->getCode(),
                'name' => (string)$store->getName(),
                'website_id' => (int)$store->getWebsiteId(),
                'is_active' => (bool)$store->getIsActive(),
                'sends_events' => $this->config->target($id) !== null,
            ];
            $payments += $this->payments($id);
            $carriers += $this->carriers($id);
        }
        return [[
            'module_version' => self::VERSION,
            'magento_version' => (string)$this->metadata->getVersion(),
            'edition' => (string)$this->metadata->getEdition(),
            'php_version' => PHP_VERSION,
            'time' => gmdate('Y-m-d\TH:i:s\Z'),
            'store_views' => $views,
            'order_statuses' => $this->statuses(),
            'payment_methods' => array_values($payments),
            'carriers' => array_values($carriers),
        ]];
    }

    /**
     * @return array<int, array<string, mixed>> one per status and state; a status that belongs to no state has null
     */
    private function statuses(): array
    {
        $statuses = [];
        foreach ($this->statuses->create()->joinStates() as $status) {
            $statuses[] = [
                'status' => (string)$status->getData('status'),
                'label' => (string)$status->getData('label'),
                'state' => $status->getData('state'),
                'is_default' => (bool)$status->getData('is_default'),
            ];
        }
        return $statuses;
    }

    /**
     * @return array<string, array{code: string, title: string}> by code
     */
    private function payments(int $storeId): array
    {
        $payments = [];
        foreach ($this->payments->getActiveList($storeId) as $method) {
            $code = (string)$method->getCode();
            $payments[$code] = ['code' => $code, 'title' => (string)$method->getTitle()];
        }
        return $payments;
    }

    /**
     * @return array<string, array<string, mixed>> by code, each with its methods
     */
    private function carriers(int $storeId): array
    {
        $carriers = [];
        foreach ($this->shipping->getActiveCarriers($storeId) as $code => $carrier) {
            $methods = [];
            foreach ($this->methods($carrier) as $method => $title) {
                $methods[] = ['code' => "{$code}_$method", 'title' => (string)$title];
            }
            $title = $this->scopeConfig->getValue("carriers/$code/title", ScopeInterface::SCOPE_STORE, $storeId);
            $carriers[(string)$code] = ['code' => (string)$code, 'title' => (string)$title, 'methods' => $methods];
        }
        return $carriers;
    }

    /**
     * @param \Magento\Shipping\Model\Carrier\AbstractCarrierInterface $carrier
     * @return array<string, string>
     */
    private function methods($carrier): array
    {
        try {
            return array_filter((array)$carrier->getAllowedMethods(), 'is_scalar');
        } catch (Throwable) {
            return []; // some ask their own server first
        }
    }
}
