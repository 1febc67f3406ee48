<?php

namespace HubConnector;

/**
 * Reads orders of miniShop2 and MiniShop3 straight from their tables, a hundred with some ten queries.
 *
 * Both have the same tables under other prefixes; the columns that differ are named by the adapter and come out under
 * miniShop2's names.
 */
final class OrderReader
{
    /** @var Sql */
    private $sql;

    /** @var string "ms2_" or "ms3_" */
    private $engine;

    /** @var array{status: string, delivery: string, payment: string, customer: string, rank: string} column names */
    private $columns;

    /** @var array{draft: int, new: int, paid: int, cancelled: int} status ids */
    private $roles;

    /** @var callable(int[]): array[] the people of these customer ids, managers among them */
    private $people;

    public function __construct(Sql $sql, string $engine, array $columns, array $roles, callable $people)
    {
        $this->sql = $sql;
        $this->engine = $engine;
        $this->columns = $columns;
        $this->roles = $roles;
        $this->people = $people;
    }

    /** @return array[] see ShopAdapter::orders() */
    public function byIds(array $ids): array
    {
        return $this->whole($this->select('o.id IN {in}', $ids));
    }

    /** @return array[] see ShopAdapter::orders() */
    public function byNumbers(array $numbers): array
    {
        return $this->whole($this->select('o.num IN {in}', $numbers));
    }

    /** @return int[] see ShopAdapter::orderIds() */
    public function ids(array $filter): array
    {
        $where = [$this->isReal(), 'o.id > ?'];
        $params = [$filter['after_id']];
        foreach (['created_from' => 'o.createdon >= ?', 'created_to' => 'o.createdon < ?'] as $key => $condition) {
            if (isset($filter[$key])) {
                $where[] = $condition;
                $params[] = date('Y-m-d H:i:s', $filter[$key]);
            }
        }
        if (isset($filter['updated_since'])) {
            // miniShop2 leaves updatedon alone when only the status changes; the log knows.
            $where[] = "(o.createdon >= ? OR o.updatedon >= ? OR EXISTS (SELECT 1 FROM {{$this->engine}order_logs} l"
                . ' WHERE l.order_id = o.id AND l.`timestamp` >= ?) OR EXISTS (SELECT 1 FROM {hubconnector_orders} t'
                . ' WHERE t.id = o.id AND t.changed_at >= ?))';
            $since = date('Y-m-d H:i:s', $filter['updated_since']);
            array_push($params, $since, $since, $since, $filter['updated_since'] * 1000);
        }
        $rows = $this->sql->rows(
            "SELECT o.id FROM {{$this->engine}orders} o WHERE " . implode(' AND ', $where)
            . " ORDER BY o.id LIMIT {$filter['limit']}",
            $params
        );
        return array_map('intval', array_column($rows, 'id'));
    }

    /** @return array{id: int, name: string}|null */
    public function statusOf(int $orderId): ?array
    {
        $rows = $this->sql->rows(
            "SELECT o.{$this->columns['status']} AS id, s.name FROM {{$this->engine}orders} o"
            . " LEFT JOIN {{$this->engine}order_statuses} s ON s.id = o.{$this->columns['status']} WHERE o.id = ?",
            [$orderId]
        );
        return $rows ? ['id' => (int) $rows[0]['id'], 'name' => (string) $rows[0]['name']] : null;
    }

    public function hasStatus(int $statusId): bool
    {
        $query = "SELECT id FROM {{$this->engine}order_statuses} WHERE id = ? AND active = 1";
        return $this->sql->rows($query, [$statusId]) !== [];
    }

    public function isPaid(int $orderId): bool
    {
        $status = $this->statusOf($orderId);
        $isPaid = $status !== null && $status['id'] === $this->roles['paid'];
        return $isPaid || isset($this->log([$orderId])[$orderId]['is_paid']);
    }

    /** See ShopAdapter::setNumber(). */
    public function setNumber(int $orderId, string $number, bool $isRewrite): bool
    {
        $query = "SELECT num, properties FROM {{$this->engine}orders} WHERE id = ?";
        $rows = $this->sql->rows($query, [$orderId]);
        if (!$rows) {
            return false;
        }
        $properties = Format::decoded($rows[0]['properties']);
        $num = $isRewrite ? $number : $rows[0]['num'];
        if (isset($properties['crm_number']) && $properties['crm_number'] === $number && $num === $rows[0]['num']) {
            return false;
        }
        $properties['crm_number'] = $number;
        // No service of the engine for this, and no event: nothing that the hub wants to hear has changed.
        $this->sql->change(
            "UPDATE {{$this->engine}orders} SET num = ?, properties = ? WHERE id = ?",
            [$num, Format::asciiJson($properties), $orderId]
        );
        return true;
    }

    /** @return array<string, array[]> statuses, deliveries, payments, vendors, options */
    public function dictionaries(): array
    {
        $named = function (string $table, string $more, string $order): array {
            return $this->sql->rows("SELECT id, name$more FROM {{$this->engine}$table} ORDER BY $order, id");
        };
        $rank = '`' . $this->columns['rank'] . '`';
        $statuses = [];
        foreach ($named('order_statuses', ", active, final, fixed, $rank AS `rank`", $rank) as $row) {
            if ((int) $row['id'] !== $this->roles['draft']) {
                $role = array_search((int) $row['id'], $this->roles, true);
                $statuses[] = [
                    'id' => (int) $row['id'], 'name' => (string) $row['name'], 'active' => (bool) $row['active'],
                    'final' => (bool) $row['final'], 'fixed' => (bool) $row['fixed'], 'rank' => (int) $row['rank'],
                    'role' => $role === false ? '' : $role,
                ];
            }
        }
        $entry = function (array $row): array {
            $more = isset($row['class']) ? ['class' => $row['class']] : [];
            $active = (bool) $row['active'];
            return ['id' => (int) $row['id'], 'name' => (string) $row['name'], 'active' => $active] + $more;
        };
        return [
            'statuses' => $statuses,
            'deliveries' => array_map($entry, $named('deliveries', ', active', $rank)),
            'payments' => array_map($entry, $named('payments', ', active, class', $rank)),
            'vendors' => array_map(function (array $row): array {
                return ['id' => (int) $row['id'], 'name' => (string) $row['name']];
            }, $named('vendors', '', 'name')),
            'options' => $this->sql->rows("SELECT `key`, caption AS name FROM {{$this->engine}options} ORDER BY id"),
        ];
    }

    private function isReal(): string
    {
        $status = $this->columns['status'];
        return "o.$status > 0 AND o.$status <> " . (int) $this->roles['draft'];
    }

    private function select(string $where, array $list): array
    {
        $columns = $this->columns;
        return $this->sql->rows(
            "SELECT o.*, o.{$columns['status']} AS `status`, o.{$columns['delivery']} AS delivery,"
            . " o.{$columns['payment']} AS payment, o.{$columns['customer']} AS customer"
            . " FROM {{$this->engine}orders} o WHERE $where AND " . $this->isReal() . ' ORDER BY o.id',
            [],
            $list
        );
    }

    /** @return array[] orders with everything that belongs to them */
    private function whole(array $orders): array
    {
        $ids = array_map('intval', array_column($orders, 'id'));
        $query = "SELECT * FROM {{$this->engine}order_addresses} WHERE order_id IN {in} ORDER BY id";
        $addresses = array_column($this->sql->rows($query, [], $ids), null, 'order_id');
        $statuses = $this->byId('order_statuses', array_column($orders, 'status'));
        $deliveries = $this->byId('deliveries', array_column($orders, 'delivery'));
        $payments = $this->byId('payments', array_column($orders, 'payment'));
        $lines = $this->lines($ids);
        $coupons = $this->coupons($ids);
        $log = $this->log($ids);
        $changed = array_column(
            $this->sql->rows('SELECT id, changed_at FROM {hubconnector_orders} WHERE id IN {in}', [], $ids),
            'changed_at',
            'id'
        );
        $first = $this->firstIds(array_column($orders, 'num'));
        $customers = array_column(
            call_user_func($this->people, array_map('intval', array_column($orders, 'customer'))),
            null,
            'id'
        );
        $whole = [];
        foreach ($orders as $order) {
            $id = (int) $order['id'];
            $isPaid = (int) $order['status'] === $this->roles['paid'] || isset($log[$id]['is_paid']);
            $whole[] = [
                'order' => $order,
                'address' => isset($addresses[$id]) ? $addresses[$id] : [],
                'status' => isset($statuses[$order['status']]) ? $statuses[$order['status']] : [],
                'delivery' => isset($deliveries[$order['delivery']]) ? $deliveries[$order['delivery']] : [],
                'payment' => isset($payments[$order['payment']]) ? $payments[$order['payment']] : [],
                'items' => isset($lines[$id]) ? $lines[$id] : [],
                'customer' => isset($customers[$order['customer']]) ? $customers[$order['customer']] : [],
                'coupons' => isset($coupons[$id]) ? $coupons[$id] : [],
                'log_at' => isset($log[$id]['at']) ? $log[$id]['at'] : '',
                'changed_at' => isset($changed[$id]) ? $changed[$id] : 0,
                'is_paid' => $isPaid,
                'paid_at' => isset($log[$id]['is_paid']) ? $log[$id]['is_paid'] : '',
                'number_first_id' => isset($first[$order['num']]) ? (int) $first[$order['num']] : $id,
            ];
        }
        return $whole;
    }

    private function byId(string $table, array $ids): array
    {
        $ids = array_values(array_unique(array_map('intval', $ids)));
        $rows = $this->sql->rows("SELECT * FROM {{$this->engine}$table} WHERE id IN {in}", [], $ids);
        return array_column($rows, null, 'id');
    }

    /** @return array<int, array[]> order id => its lines */
    private function lines(array $ids): array
    {
        $rows = $this->sql->rows(
            "SELECT p.*, d.article, d.old_price, d.image, c.uri FROM {{$this->engine}order_products} p"
            . " LEFT JOIN {{$this->engine}products} d ON d.id = p.product_id"
            . ' LEFT JOIN {site_content} c ON c.id = p.product_id WHERE p.order_id IN {in} ORDER BY p.id',
            [],
            $ids
        );
        $wanted = [];
        foreach ($rows as $key => $row) {
            $options = Format::decoded($row['options']);
            $id = isset($options['modification']) ? (int) Format::text($options['modification']) : 0;
            $rows[$key]['modification_id'] = $id;
            $rows[$key]['modification'] = null;
            $wanted[$id] = $id;
        }
        unset($wanted[0]);
        $modifications = array_column((new Modifications($this->sql, $this->engine))->read('id', $wanted), null, 'id');
        $lines = [];
        foreach ($rows as $row) {
            if (isset($modifications[$row['modification_id']])) {
                $row['modification'] = $modifications[$row['modification_id']];
            }
            $lines[(int) $row['order_id']][] = $row;
        }
        return $lines;
    }

    /** @return array<int, array[]> order id => {source, code, amount}; the add-ons write them after the order */
    private function coupons(array $ids): array
    {
        $sources = [
            'msPromoCode' => ['mspc_orders', 'order_id'],
            'msPromoCode2' => ['mspc2_coupon_orders', 'order'],
        ];
        $coupons = [];
        foreach ($sources as $source => list($table, $column)) {
            $rows = !$this->sql->has($table) ? [] : $this->sql->rows(
                "SELECT `$column` AS order_id, code, discount_amount FROM {{$table}} WHERE `$column` IN {in}",
                [],
                $ids
            );
            foreach ($rows as $row) {
                $coupons[(int) $row['order_id']][] = [
                    'source' => $source, 'code' => (string) $row['code'], 'amount' => $row['discount_amount'],
                ];
            }
        }
        return $coupons;
    }

    /** @return array<int, array> order id => {at: newest entry, is_paid: when it came into the paid status, if it did} */
    private function log(array $ids): array
    {
        $rows = $this->sql->rows(
            "SELECT order_id, action, entry, `timestamp` AS at FROM {{$this->engine}order_logs} WHERE order_id IN {in}"
            . ' ORDER BY id DESC',
            [],
            $ids
        );
        $log = [];
        foreach ($rows as $row) {
            $id = (int) $row['order_id'];
            $log[$id]['at'] = max(isset($log[$id]['at']) ? $log[$id]['at'] : '', (string) $row['at']);
            // miniShop2 writes the status id, MiniShop3 JSON with it.
            $entry = json_decode((string) $row['entry'], true);
            $entries = array_map(['HubConnector\Format', 'text'], is_array($entry) ? $entry : [$row['entry']]);
            if ($row['action'] === 'status' && in_array((string) $this->roles['paid'], $entries, true)) {
                $log[$id]['is_paid'] = (string) $row['at'];
            }
        }
        return $log;
    }

    /** @return array<string, int> number => lowest order id that bears it */
    private function firstIds(array $numbers): array
    {
        $rows = $this->sql->rows(
            "SELECT num, MIN(id) AS id FROM {{$this->engine}orders} WHERE num IN {in} GROUP BY num",
            [],
            array_values(array_filter(array_unique(array_map('strval', $numbers)), 'strlen'))
        );
        return array_column($rows, 'id', 'num');
    }
}
