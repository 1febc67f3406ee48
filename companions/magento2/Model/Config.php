<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Magento\Framework\App\Config\ScopeConfigInterface;
use Magento\Framework\Encryption\EncryptorInterface;
use Magento\Store\Model\ScopeInterface;
use Magento\Store\Model\StoreManagerInterface;

/**
 * The settings of Stores > Configuration > Services > Integration Hub, per store view.
 */
class Config
{
    private const PATH = 'hub_connector/general/';

    public function __construct(
        private readonly ScopeConfigInterface $scopeConfig,
        private readonly EncryptorInterface $encryptor,
        private readonly StoreManagerInterface $storeManager
    ) {
    }

    /**
     * The store views for which an event is written: its own; for what belongs to none (a product), one view per hub.
     *
     * @param string $type order, invoice, shipment, track, creditmemo, customer, product
     * @return int[]
     */
    public function storesFor(string $type, int $storeId): array
    {
        if ($storeId > 0) {
            return $this->isWanted($type, $storeId) ? [$storeId] : [];
        }
        $stores = [];
        foreach ($this->storeManager->getStores() as $store) {
            $id = (int)$store->getId();
            if ($this->isWanted($type, $id)) {
                $stores += [$this->text('hub_url', $id) => $id];
            }
        }
        return array_values($stores);
    }

    /** Null when the view is switched off or its settings are not whole. */
    public function target(int $storeId): ?Target
    {
        $url = $this->text('hub_url', $storeId);
        $secrets = array_values(array_filter([
            $this->secret('secret', $storeId),
            $this->secret('secret_previous', $storeId),
        ]));
        $schemes = $this->text('allow_http', $storeId) === '1' ? 'https?' : 'https';
        $isWhole = preg_match("~\A$schemes://~i", $url) && $secrets !== [];
        return $isWhole && $this->text('active', $storeId) === '1' ? new Target($url, $secrets) : null;
    }

    public function isWoken(): bool
    {
        return $this->text('wake', 0) === '1';
    }

    private function isWanted(string $type, int $storeId): bool
    {
        $types = explode(',', $this->text('events', $storeId));
        return in_array($type, $types, true) && $this->target($storeId) !== null;
    }

    private function secret(string $name, int $storeId): string
    {
        $stored = $this->text($name, $storeId);
        return $stored === '' ? '' : trim($this->encryptor->decrypt($stored));
    }

    private function text(string $name, int $storeId): string
    {
        return trim((string)$this->scopeConfig->getValue(self::PATH . $name, ScopeInterface::SCOPE_STORE, $storeId));
    }
}
