<?php

namespace HubConnectorTests;

use HubConnector\ShopAdapter;

/**
 * A shop in memory with the status rules of miniShop: nothing leaves a final status or goes back from a fixed one.
 */
final class FakeShop implements ShopAdapter
{
    /** @var array<int, array> id => {name, active, final, fixed, rank} */
    public $statuses = [
        1 => ['New', true, false, true, 1],
        2 => ['Paid', true, false, true, 2],
        3 => ['Sent', true, true, true, 3],
        4 => ['Cancelled', true, true, true, 4],
        7 => ['Old one', false, false, false, 7],
    ];

    /** @var array<int, array> id => order parts */
    public $orders = [];

    /** @var array<int, array> */
    public $customers = [];

    /** @var array<int, array> */
    public $products = [];

    /** @var array<int, array> order id => {number, whether to rewrite} */
    public $numbers = [];

    /** @var array[] what changeStatus was called with */
    public $changes = [];

    /** @var callable|null called by changeStatus after the change, as an event of the engine */
    public $onChange;

    public function addOrder(int $id, int $status = 1, array $more = []): void
    {
        $this->orders[$id] = $more + [
            'order' => [
                'id' => $id, 'num' => "2601/$id", 'createdon' => '2026-01-15 09:59:58', 'updatedon' => null,
                'cost' => '3200.00', 'cart_cost' => '2900.00', 'delivery_cost' => '300.00', 'weight' => '0.400',
                'status' => $status, 'delivery' => 1, 'payment' => 3, 'context' => 'web', 'order_comment' => '',
                'properties' => null,
            ],
            'address' => ['receiver' => 'Ann Petrova', 'email' => 'ann@example.com', 'comment' => 'call me'],
            'status' => [], 'delivery' => ['name' => 'Courier'], 'payment' => ['name' => 'Card', 'class' => 'PayPal'],
            'items' => [[
                'id' => 31, 'product_id' => 137, 'name' => 'T-shirt', 'count' => 2, 'price' => '1450.00',
                'cost' => '2900.00', 'weight' => '0.200', 'options' => '{"size":"M","modification":21}',
                'article' => 'TS-137', 'modification_id' => 21,
                'modification' => ['id' => 21, 'article' => 'TS-137-RM'],
            ]],
            'customer' => ['id' => 77, 'email' => 'ann@example.com', 'full_name' => 'Ann Petrova'],
            'coupons' => [['source' => 'msPromoCode', 'code' => 'WINTER', 'amount' => 100]],
            'log_at' => '', 'is_paid' => false, 'number_first_id' => $id,
        ];
        $this->orders[$id]['status'] = ['id' => $status, 'name' => $this->statuses[$status][0]];
    }

    public function about(): array
    {
        return [
            'engine' => 'minishop2', 'engine_version' => '4.4.2-pl', 'modx_version' => '2.8.6-pl', 'warnings' => [],
        ];
    }

    public function orders(array $ids): array
    {
        return array_values(array_intersect_key($this->orders, array_flip($ids)));
    }

    public function ordersByNumber(array $numbers): array
    {
        return array_values(array_filter($this->orders, function (array $parts) use ($numbers): bool {
            return in_array($parts['order']['num'], $numbers, true);
        }));
    }

    public function orderIds(array $filter): array
    {
        return self::page($this->orders, $filter);
    }

    public function customers(array $ids): array
    {
        return array_values(array_intersect_key($this->customers, array_flip($ids)));
    }

    public function customerIds(array $filter): array
    {
        return self::page($this->customers, $filter);
    }

    public function products(array $ids): array
    {
        return array_values(array_intersect_key($this->products, array_flip($ids)));
    }

    public function productIds(array $filter): array
    {
        return self::page($this->products, $filter);
    }

    public function categories(): array
    {
        return [['id' => 12, 'parent_id' => 0, 'name' => 'Clothes', 'active' => true]];
    }

    public function dictionaries(): array
    {
        $statuses = [];
        foreach ($this->statuses as $id => list($name, $active, $final, $fixed, $rank)) {
            $statuses[] = compact('id', 'name', 'active', 'final', 'fixed', 'rank') + ['role' => ''];
        }
        return [
            'statuses' => $statuses, 'deliveries' => [['id' => 1, 'name' => 'Courier', 'active' => true]],
            'payments' => [['id' => 3, 'name' => 'Card', 'active' => true, 'class' => 'PayPal']],
            'vendors' => [['id' => 1, 'name' => 'Acme']], 'options' => [['key' => 'color', 'name' => 'Colour']],
        ];
    }

    public function statusOf(int $orderId): ?array
    {
        return isset($this->orders[$orderId]) ? $this->orders[$orderId]['status'] : null;
    }

    public function hasStatus(int $statusId): bool
    {
        return isset($this->statuses[$statusId]) && $this->statuses[$statusId][1];
    }

    public function paidStatus(): int
    {
        return 2;
    }

    public function draftStatus(): int
    {
        return 999;
    }

    public function isPaid(int $orderId): bool
    {
        return $this->orders[$orderId]['is_paid'] || $this->orders[$orderId]['status']['id'] === 2;
    }

    public function setNumber(int $orderId, string $number, bool $isRewrite): bool
    {
        $isNew = !isset($this->numbers[$orderId]) || $this->numbers[$orderId] !== [$number, $isRewrite];
        $this->numbers[$orderId] = [$number, $isRewrite];
        return $isNew;
    }

    public function changeStatus(int $orderId, int $statusId, bool $isSilent): string
    {
        $this->changes[] = [$orderId, $statusId, $isSilent];
        list(, , $isFinal, $isFixed, $rank) = $this->statuses[$this->orders[$orderId]['status']['id']];
        if ($isFinal) {
            return 'The status is final.';
        }
        if ($isFixed && $this->statuses[$statusId][4] <= $rank) {
            return 'The status is fixed.';
        }
        $this->orders[$orderId]['status'] = ['id' => $statusId, 'name' => $this->statuses[$statusId][0]];
        $this->orders[$orderId]['order']['status'] = $statusId;
        return $this->onChange ? (string) call_user_func($this->onChange, $orderId) : '';
    }

    private static function page(array $all, array $filter): array
    {
        ksort($all);
        $after = array_filter(array_keys($all), function (int $id) use ($filter): bool {
            return $id > $filter['after_id'];
        });
        return array_slice(array_values($after), 0, $filter['limit']);
    }
}
