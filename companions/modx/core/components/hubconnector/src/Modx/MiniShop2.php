<?php

namespace HubConnector\Modx;

use HubConnector\OrderReader;
use HubConnector\ProductReader;
use HubConnector\ShopAdapter;
use HubConnector\Sql;
use HubConnector\UserReader;

/**
 * miniShop2 on MODX 2 and 3. Customers are MODX users.
 */
final class MiniShop2 implements ShopAdapter
{
    /** Its order events fail when a plug-in listens and the order had no status before: new orders stay without one. */
    private const BROKEN_VERSION = '4.4.1';

    /** @var object modX */
    private $modx;

    /** @var OrderReader */
    private $orders;

    /** @var ProductReader */
    private $products;

    /** @var UserReader */
    private $users;

    public function __construct($modx, Sql $sql)
    {
        $this->modx = $modx;
        $this->users = new UserReader($sql);
        $columns = [
            'status' => 'status', 'delivery' => 'delivery', 'payment' => 'payment', 'customer' => 'user_id',
            'rank' => 'rank',
        ];
        $roles = [
            'draft' => $this->draftStatus(), 'new' => $this->statusSetting('new', 1), 'paid' => $this->paidStatus(),
            'cancelled' => $this->statusSetting('canceled', 4),
        ];
        $this->orders = new OrderReader($sql, 'ms2_', $columns, $roles, [$this->users, 'people']);
        $this->products = new ProductReader($sql, 'ms2_', [
            'vendor' => 'vendor', 'stock' => 'remains', 'file_parent' => 'parent', 'rank' => 'rank',
        ]);
    }

    public function about(): array
    {
        $service = $this->service();
        $version = $service && isset($service->version) ? (string) $service->version : '';
        $warnings = [];
        if (strncmp($version, self::BROKEN_VERSION, strlen(self::BROKEN_VERSION)) === 0) {
            $message = 'miniShop2 4.4.1 may leave new orders without a status. Update it.';
            $warnings[] = ['code' => 'minishop2_4_4_1', 'message' => $message];
        }
        return [
            'engine' => 'minishop2', 'engine_version' => $version,
            'modx_version' => (string) $this->modx->getOption('settings_version'), 'warnings' => $warnings,
        ];
    }

    public function orders(array $ids): array
    {
        return $this->orders->byIds($ids);
    }

    public function ordersByNumber(array $numbers): array
    {
        return $this->orders->byNumbers($numbers);
    }

    public function orderIds(array $filter): array
    {
        return $this->orders->ids($filter);
    }

    public function customers(array $ids): array
    {
        return $this->users->customers($ids);
    }

    public function customerIds(array $filter): array
    {
        return $this->users->ids($filter);
    }

    public function products(array $ids): array
    {
        return $this->products->byIds($ids);
    }

    public function productIds(array $filter): array
    {
        return $this->products->ids($filter);
    }

    public function categories(): array
    {
        return $this->products->categories();
    }

    public function dictionaries(): array
    {
        return $this->orders->dictionaries();
    }

    public function statusOf(int $orderId): ?array
    {
        return $this->orders->statusOf($orderId);
    }

    public function hasStatus(int $statusId): bool
    {
        return $this->orders->hasStatus($statusId);
    }

    public function paidStatus(): int
    {
        return $this->statusSetting('paid', 2);
    }

    public function draftStatus(): int
    {
        return $this->statusSetting('draft', 999);
    }

    public function setNumber(int $orderId, string $number, bool $isRewrite): bool
    {
        return $this->orders->setNumber($orderId, $number, $isRewrite);
    }

    public function isPaid(int $orderId): bool
    {
        return $this->orders->isPaid($orderId);
    }

    /** miniShop2 cannot change a status silently: $isSilent has no effect. */
    public function changeStatus(int $orderId, int $statusId, bool $isSilent): string
    {
        $service = $this->service();
        if (!$service) {
            return 'miniShop2 is not installed.';
        }
        $service->initialize('web', ['json_response' => false]);
        $done = $service->changeOrderStatus($orderId, $statusId);
        return $done === true ? '' : strip_tags(is_array($done) ? (string) reset($done) : (string) $done);
    }

    /** @return object|null */
    private function service()
    {
        return $this->modx->getService('miniShop2') ?: null;
    }

    private function statusSetting(string $name, int $default): int
    {
        return (int) $this->modx->getOption("ms2_status_$name", null, $default) ?: $default;
    }
}
