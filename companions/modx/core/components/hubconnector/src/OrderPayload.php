<?php

namespace HubConnector;

/**
 * An order of the shop as PROTOCOL.md has it, from the plain rows that an adapter has read.
 */
final class OrderPayload
{
    private const ADDRESS = [
        'receiver', 'first_name', 'last_name', 'phone', 'email', 'country', 'index', 'region', 'city', 'metro',
        'street', 'building', 'entrance', 'floor', 'room', 'comment', 'text_address',
    ];

    private const PRIVATE_PROPERTY = '/\A(ip|.*_ip|ip_.*|user_?agent|session.*|.*token.*|.*password.*)\z/i';

    /**
     * @param array<string, mixed> $parts see ShopAdapter::orders()
     * @return array<string, mixed>
     */
    public static function build(array $parts, Settings $settings, float $clock): array
    {
        $order = $parts['order'];
        return [
            'id' => (int) $order['id'],
            'number' => Format::text(self::of($order, 'num')),
            'number_first_id' => (int) (self::of($parts, 'number_first_id') ?: $order['id']),
            'uuid' => Format::text(self::of($order, 'uuid')),
            'created_at' => Format::time(self::of($order, 'createdon')),
            'updated_at' => self::newest($parts, $clock),
            'read_at' => Format::moment($clock),
            'status' => self::named($order, 'status', $parts),
            'is_paid' => !empty($parts['is_paid']),
            'paid_at' => Format::time(self::of($parts, 'paid_at')),
            'context' => Format::text(self::of($order, 'context')),
            'currency' => $settings->currency,
            'totals' => [
                'cart' => Format::money(self::of($order, 'cart_cost')),
                'delivery' => Format::money(self::of($order, 'delivery_cost')),
                'total' => Format::money(self::of($order, 'cost')),
            ],
            'weight' => Format::weight(self::of($order, 'weight')),
            'weight_unit' => $settings->weightUnit,
            'comment' => Format::text(self::of($parts['address'], 'comment')),
            'manager_comment' => Format::text(self::of($order, 'order_comment') ?: self::of($order, 'comment')),
            'properties' => Format::map(self::properties($order)),
            'delivery' => self::named($order, 'delivery', $parts),
            'payment' => self::named($order, 'payment', $parts)
                + ['class' => Format::text(self::of($parts['payment'], 'class'))],
            'customer' => self::customer($parts, $settings),
            'address' => self::address($parts['address'])
                + ['properties' => Format::map(self::properties($parts['address']))],
            'items' => array_map(function (array $line) use ($settings): array {
                return self::line($line, $settings);
            }, $parts['items']),
            'discounts' => array_map(function (array $coupon): array {
                return ['amount' => Format::money($coupon['amount'])] + $coupon;
            }, $parts['coupons']),
        ];
    }

    /** The address fields alone; a customer's address has the same ones. */
    public static function address(array $row): array
    {
        $address = [];
        foreach (self::ADDRESS as $field) {
            $address[$field] = Format::text(self::of($row, $field));
        }
        return $address;
    }

    /** The newest of the order's own times, its log, and what the plug-in has noted. */
    private static function newest(array $parts, float $clock): string
    {
        $newest = (float) self::of($parts, 'changed_at') / 1000;
        foreach ([$parts['order'] + ['updatedon' => null], ['updatedon' => self::of($parts, 'log_at')]] as $row) {
            foreach (['createdon', 'updatedon'] as $column) {
                $time = Format::time(self::of($row, $column));
                $newest = max($newest, $time === null ? 0.0 : (float) strtotime($time));
            }
        }
        return Format::moment($newest ?: $clock);
    }

    private static function line(array $line, Settings $settings): array
    {
        $modification = self::of($line, 'modification') ?: [];
        $options = Format::decoded(self::of($line, 'options'));
        unset($options['modification'], $options['modifications']);
        return [
            'line_id' => (int) $line['id'],
            'product_id' => (int) self::of($line, 'product_id'),
            'modification_id' => (int) self::of($line, 'modification_id'),
            'modification_name' => Format::text(self::of($modification, 'name')),
            'sku' => Format::text(self::of($modification, 'article')) ?: Format::text(self::of($line, 'article')),
            'name' => Format::text(self::of($line, 'name')),
            'count' => Format::count(self::of($line, 'count')),
            'price' => Format::money(self::of($line, 'price')),
            'old_price' => Format::money(self::oldPrice($modification, $line)),
            'cost' => Format::money(self::of($line, 'cost')),
            'weight' => Format::weight(self::of($line, 'weight')),
            'options' => Format::map($options),
            'properties' => Format::map(self::properties($line)),
            'url' => Format::url(Format::text(self::of($line, 'uri')), $settings->shopUrl),
            'image' => Format::url(
                Format::text(self::of($modification, 'image')) ?: Format::text(self::of($line, 'image')),
                $settings->shopUrl
            ),
        ];
    }

    private static function oldPrice(array $modification, array $line): float
    {
        $own = Format::text(self::of($modification, 'old_price'));
        $price = self::of($line, 'price');
        return $own === '' ? Format::number(self::of($line, 'old_price')) : Modifications::worth($own, 1, $price);
    }

    private static function customer(array $parts, Settings $settings): array
    {
        $customer = CustomerPayload::person($parts['customer'], $settings);
        // Who gave this address at the check-out owns it, even at the shop's own domain.
        $entered = strtolower(Format::text(self::of($parts['address'], 'email')));
        if ($customer['email'] !== '' && strtolower($customer['email']) === $entered) {
            $customer['email_is_generated'] = false;
        }
        return $customer;
    }

    /** {id, name} of the order's status, delivery or payment; a deleted one keeps its id. */
    private static function named(array $order, string $what, array $parts): array
    {
        return ['id' => (int) self::of($order, $what), 'name' => Format::text(self::of($parts[$what], 'name'))];
    }

    private static function properties(array $row): array
    {
        $kept = [];
        foreach (Format::decoded(self::of($row, 'properties')) as $key => $value) {
            if (!preg_match(self::PRIVATE_PROPERTY, (string) $key)) {
                $kept[$key] = $value;
            }
        }
        return $kept;
    }

    /**
     * @return mixed
     */
    private static function of(array $row, string $key)
    {
        return isset($row[$key]) ? $row[$key] : '';
    }
}
