<?php

namespace HubConnector;

/**
 * Carries out the commands of PROTOCOL.md. Knows no MODX; everything comes through the adapter.
 */
final class Dispatcher
{
    private const MAX_IDS = 100;

    /** Action => method; PROTOCOL.md, section 2. */
    private const ACTIONS = [
        'ping' => 'ping',
        'dictionaries' => 'dictionaries',
        'order.get' => 'getOrders',
        'order.list' => 'listOrders',
        'order.set_status' => 'setStatus',
        'order.set_paid' => 'setPaid',
        'order.set_number' => 'setNumber',
        'customer.get' => 'getCustomers',
        'customer.list' => 'listCustomers',
        'product.get' => 'getProducts',
        'product.list' => 'listProducts',
        'category.list' => 'listCategories',
        'outbox.retry' => 'retryOutbox',
    ];

    /** @var Gate */
    private $gate;

    /** @var ShopAdapter */
    private $shop;

    /** @var OrderChange */
    private $orderChange;

    /** @var Outbox */
    private $outbox;

    /** @var Settings */
    private $settings;

    /** @var callable(): float */
    private $clock;

    public function __construct(
        Gate $gate,
        ShopAdapter $shop,
        OrderChange $orderChange,
        Outbox $outbox,
        Settings $settings,
        callable $clock
    ) {
        $this->gate = $gate;
        $this->shop = $shop;
        $this->orderChange = $orderChange;
        $this->outbox = $outbox;
        $this->settings = $settings;
        $this->clock = $clock;
    }

    /** Refusals become answers; what the engine throws is the caller's to log. */
    public function handle(Request $request): Response
    {
        try {
            $command = $this->gate->admit($request, (int) $this->now());
            $action = $command['action'];
            if (!isset(self::ACTIONS[$action])) {
                $message = "This plug-in does not know the action “{$action}”. Update it.";
                throw new Refusal(404, 'unknown_action', $message);
            }
            $method = self::ACTIONS[$action];
            return new Response(200, ['ok' => true, 'time' => Format::moment($this->now())] + $this->$method($command));
        } catch (Refusal $refusal) {
            return Response::refused($refusal->status, $refusal->reason, $refusal->getMessage(), $refusal->details);
        }
    }

    private function ping(): array
    {
        $about = $this->shop->about();
        return [
            'protocol' => Version::PROTOCOL,
            'engine' => $about['engine'],
            'engine_version' => $about['engine_version'],
            'modx_version' => $about['modx_version'],
            'php_version' => PHP_VERSION,
            'plugin' => Version::PLUGIN,
            'timezone' => date_default_timezone_get(),
            'currency' => $this->settings->currency,
            'weight_unit' => $this->settings->weightUnit,
            'outbox' => $this->outbox->status(),
            'actions' => array_keys(self::ACTIONS),
            'warnings' => $about['warnings'],
        ];
    }

    private function dictionaries(): array
    {
        return $this->shop->dictionaries();
    }

    private function getOrders(array $command): array
    {
        if (isset($command['numbers'])) {
            return ['orders' => $this->orderPayloads($this->shop->ordersByNumber(self::listed($command, 'numbers')))];
        }
        return ['orders' => $this->orderPayloads($this->shop->orders(self::ids($command)))];
    }

    private function listOrders(array $command): array
    {
        $filter = self::filter($command);
        $ids = $this->shop->orderIds($filter);
        return ['orders' => $this->orderPayloads($this->shop->orders($ids))] + self::next($ids, $filter);
    }

    private function setStatus(array $command): array
    {
        return $this->orderChange->set($command, (int) $this->now());
    }

    private function setPaid(array $command): array
    {
        return $this->orderChange->setPaid($command, (int) $this->now());
    }

    private function setNumber(array $command): array
    {
        return $this->orderChange->setNumber($command, (int) $this->now());
    }

    private function getCustomers(array $command): array
    {
        return ['customers' => $this->customerPayloads($this->shop->customers(self::ids($command)))];
    }

    private function listCustomers(array $command): array
    {
        $filter = self::filter($command);
        $ids = $this->shop->customerIds($filter);
        return ['customers' => $this->customerPayloads($this->shop->customers($ids))] + self::next($ids, $filter);
    }

    private function getProducts(array $command): array
    {
        return ['products' => $this->productPayloads($this->shop->products(self::ids($command)))];
    }

    private function listProducts(array $command): array
    {
        $filter = self::filter($command);
        $ids = $this->shop->productIds($filter);
        return ['products' => $this->productPayloads($this->shop->products($ids))] + self::next($ids, $filter);
    }

    private function listCategories(): array
    {
        return ['categories' => $this->shop->categories()];
    }

    private function retryOutbox(array $command): array
    {
        $uids = isset($command['ids']) ? self::listed($command, 'ids') : null;
        return ['retried' => $this->outbox->retry($uids)];
    }

    private function orderPayloads(array $orders): array
    {
        return array_map(function (array $parts): array {
            return OrderPayload::build($parts, $this->settings, $this->now());
        }, $orders);
    }

    private function customerPayloads(array $rows): array
    {
        return array_map(function (array $row): array {
            return CustomerPayload::build($row, $this->settings, $this->now());
        }, $rows);
    }

    private function productPayloads(array $rows): array
    {
        return array_map(function (array $row): array {
            return ProductPayload::build($row, $this->settings, $this->now());
        }, $rows);
    }

    private static function next(array $ids, array $filter): array
    {
        // A full page may be the last one too; the hub then asks once more and gets none.
        return ['next_after_id' => count($ids) === $filter['limit'] ? end($ids) : null];
    }

    /** @return string[] */
    private static function listed(array $command, string $key): array
    {
        $list = isset($command[$key]) ? $command[$key] : null;
        if (!is_array($list) || count($list) > self::MAX_IDS || $list !== array_filter($list, 'is_scalar')) {
            throw new Refusal(400, 'bad_request', "“{$key}” must be a list of up to 100 values.");
        }
        return array_map('strval', array_values($list));
    }

    /** @return int[] what is no number names nothing here */
    private static function ids(array $command): array
    {
        return array_map('intval', array_filter(self::listed($command, 'ids'), 'ctype_digit'));
    }

    private static function filter(array $command): array
    {
        $filter = ['after_id' => 0, 'limit' => self::MAX_IDS];
        foreach ($filter as $key => $default) {
            $value = isset($command[$key]) ? $command[$key] : $default;
            if (!is_int($value) && !(is_string($value) && ctype_digit($value))) {
                throw new Refusal(400, 'bad_request', "“{$key}” must be a whole number.");
            }
            $filter[$key] = (int) $value;
        }
        $filter['limit'] = max(1, min($filter['limit'], self::MAX_IDS));
        foreach (['created_from', 'created_to', 'updated_since'] as $key) {
            if (isset($command[$key])) {
                $seconds = is_string($command[$key]) ? strtotime($command[$key]) : false;
                if ($seconds === false) {
                    throw new Refusal(400, 'bad_request', "“{$key}” must be a time such as 2026-01-15T10:00:00+03:00.");
                }
                $filter[$key] = $seconds;
            }
        }
        return $filter;
    }

    private function now(): float
    {
        return call_user_func($this->clock);
    }
}
