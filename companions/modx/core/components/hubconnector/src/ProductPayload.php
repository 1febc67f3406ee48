<?php

namespace HubConnector;

/**
 * A product of the shop as PROTOCOL.md has it.
 */
final class ProductPayload
{
    /**
     * @param array<string, mixed> $row see ShopAdapter::products()
     * @return array<string, mixed>
     */
    public static function build(array $row, Settings $settings, float $clock): array
    {
        $url = function (string $path) use ($settings): string {
            return Format::url($path, $settings->shopUrl);
        };
        $image = $url(self::text($row, 'image'));
        $images = array_map($url, $row['images']);
        return [
            'id' => (int) $row['id'],
            'article' => self::text($row, 'article'),
            'name' => self::text($row, 'pagetitle'),
            'url' => $url(self::text($row, 'uri')),
            'price' => Format::money(self::text($row, 'price')),
            'old_price' => Format::money(self::text($row, 'old_price')),
            'currency' => $settings->currency,
            'weight' => Format::weight(self::text($row, 'weight')),
            'weight_unit' => $settings->weightUnit,
            'image' => $image,
            'images' => $images ?: array_values(array_filter([$image])),
            'vendor' => self::text($row, 'vendor_name'),
            'category_ids' => $row['category_ids'],
            'category_names' => $row['category_names'],
            'active' => !empty($row['published']) && empty($row['deleted']),
            'stock' => isset($row['stock']) ? Format::count($row['stock']) : null,
            'description' => self::text($row, 'introtext') ?: self::text($row, 'description'),
            'options' => Format::map($row['options']),
            'created_at' => Format::time(self::text($row, 'createdon')),
            'updated_at' => Format::time(self::text($row, 'editedon')),
            'read_at' => Format::moment($clock),
            'modifications' => array_map(function (array $modification) use ($row, $url): array {
                return self::modification($modification, $row, $url);
            }, $row['modifications']),
        ];
    }

    private static function modification(array $row, array $product, callable $url): array
    {
        $type = self::text($row, 'type');
        $price = Modifications::worth(self::text($row, 'price'), $type, self::text($product, 'price'));
        // A price before the reduction is never a surcharge on the product's, but may be a share of the new one.
        $old = self::text($row, 'old_price');
        $old = $old === '' ? 0 : Modifications::worth($old, 1, $price);
        return [
            'id' => (int) $row['id'],
            'name' => self::text($row, 'name'),
            'article' => self::text($row, 'article'),
            'price' => Format::money($price),
            'old_price' => Format::money($old),
            'weight' => Format::weight(
                Modifications::worth(self::text($row, 'weight'), $type, self::text($product, 'weight'))
            ),
            'stock' => Format::count(self::text($row, 'count')),
            'image' => $url(self::text($row, 'image')),
            'active' => !empty($row['active']),
            'options' => Format::map($row['options']),
        ];
    }

    private static function text(array $row, string $key): string
    {
        return isset($row[$key]) ? Format::text($row[$key]) : '';
    }
}
