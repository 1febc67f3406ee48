<?php

namespace HubConnector\Modx;

use HubConnector\OrderReader;
use HubConnector\ProductReader;
use HubConnector\ShopAdapter;
use HubConnector\Sql;

/**
 * MiniShop3 on MODX 3. It has customers of its own.
 */
final class MiniShop3 implements ShopAdapter
{
    /** @var object modX */
    private $modx;

    /** @var Sql */
    private $sql;

    /** @var OrderReader */
    private $orders;

    /** @var ProductReader */
    private $products;

    public function __construct($modx, Sql $sql)
    {
        $this->modx = $modx;
        $this->sql = $sql;
        $columns = [
            'status' => 'status_id', 'delivery' => 'delivery_id', 'payment' => 'payment_id',
            'customer' => 'customer_id', 'rank' => 'position',
        ];
        $roles = [
            'draft' => $this->draftStatus(), 'new' => $this->statusSetting('new', 2), 'paid' => $this->paidStatus(),
            'cancelled' => $this->statusSetting('canceled', 5),
        ];
        $this->orders = new OrderReader($sql, 'ms3_', $columns, $roles, [$this, 'customers']);
        $this->products = new ProductReader($sql, 'ms3_', [
            'vendor' => 'vendor_id', 'stock' => 'stock', 'file_parent' => 'parent_id', 'rank' => 'position',
        ]);
    }

    public function about(): array
    {
        $service = $this->service('ms3');
        return [
            'engine' => 'minishop3',
            'engine_version' => $service && isset($service->version) ? (string) $service->version : '',
            'modx_version' => (string) $this->modx->getOption('settings_version'),
            'warnings' => [],
        ];
    }

    public function orders(array $ids): array
    {
        return array_map([$this, 'withReceiver'], $this->orders->byIds($ids));
    }

    public function ordersByNumber(array $numbers): array
    {
        return array_map([$this, 'withReceiver'], $this->orders->byNumbers($numbers));
    }

    public function orderIds(array $filter): array
    {
        return $this->orders->ids($filter);
    }

    public function customers(array $ids): array
    {
        $ids = array_values(array_unique(array_filter($ids)));
        $rows = $this->sql->rows('SELECT * FROM {ms3_customers} WHERE id IN {in} ORDER BY id', [], $ids);
        $query = 'SELECT * FROM {ms3_customer_addresses} WHERE customer_id IN {in} AND active = 1 ORDER BY id';
        $addresses = array_column($this->sql->rows($query, [], $ids), null, 'customer_id');
        return array_map(function (array $row) use ($addresses): array {
            $name = trim($row['first_name'] . ' ' . $row['last_name']);
            return [
                'full_name' => $name, 'mobile_phone' => '', 'username' => '', 'is_manager' => false, 'groups' => [],
                'active' => $row['is_active'], 'blocked' => $row['is_blocked'],
                'address' => isset($addresses[$row['id']]) ? $addresses[$row['id']] : [],
            ] + $row;
        }, $rows);
    }

    public function customerIds(array $filter): array
    {
        $where = ['id > ?'];
        $params = [$filter['after_id']];
        foreach (['created_from' => '>=', 'created_to' => '<'] as $key => $compare) {
            if (isset($filter[$key])) {
                $where[] = "created_at $compare ?";
                $params[] = date('Y-m-d H:i:s', $filter[$key]);
            }
        }
        $query = 'SELECT id FROM {ms3_customers} WHERE ' . implode(' AND ', $where)
            . " ORDER BY id LIMIT {$filter['limit']}";
        return array_map('intval', array_column($this->sql->rows($query, $params), 'id'));
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
        return $this->statusSetting('paid', 3);
    }

    public function draftStatus(): int
    {
        return $this->statusSetting('draft', 1);
    }

    public function setNumber(int $orderId, string $number, bool $isRewrite): bool
    {
        return $this->orders->setNumber($orderId, $number, $isRewrite);
    }

    public function isPaid(int $orderId): bool
    {
        return $this->orders->isPaid($orderId);
    }

    public function changeStatus(int $orderId, int $statusId, bool $isSilent): string
    {
        $service = $this->service('ms3_order_status');
        if (!$service) {
            return 'MiniShop3 is not installed.';
        }
        $done = $service->change($orderId, $statusId, $isSilent);
        return $done === true ? '' : strip_tags((string) $done);
    }

    private function withReceiver(array $parts): array
    {
        $value = function (string $key) use ($parts): string {
            return isset($parts['address'][$key]) ? (string) $parts['address'][$key] : '';
        };
        $parts['address']['receiver'] = trim($value('first_name') . ' ' . $value('last_name'));
        return $parts;
    }

    /** @return object|null */
    private function service(string $name)
    {
        $hasIt = isset($this->modx->services) && $this->modx->services->has($name);
        return $hasIt ? $this->modx->services->get($name) : null;
    }

    private function statusSetting(string $name, int $default): int
    {
        return (int) $this->modx->getOption("ms3_status_$name", null, $default) ?: $default;
    }
}
