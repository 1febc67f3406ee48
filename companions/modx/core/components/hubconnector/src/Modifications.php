<?php

namespace HubConnector;

/**
 * Modifications of msOptionsPrice2: how they are read, and what one costs and weighs by the add-on's own rules.
 */
final class Modifications
{
    /** What the column `type` makes of price and weight; every other type stands in place of the product's. */
    private const ADDED = 2;
    private const TAKEN_OFF = 3;

    /** @var Sql */
    private $sql;

    /** @var string "ms2_" or "ms3_" */
    private $engine;

    public function __construct(Sql $sql, string $engine)
    {
        $this->sql = $sql;
        $this->engine = $engine;
    }

    /**
     * By their own id, or with "rid" those of these products; none where the add-on is not installed.
     *
     * @return array[] rows of the table, with the address of the picture as `image`
     */
    public function read(string $column, array $ids): array
    {
        if ($ids === [] || !$this->sql->has('msop_modifications')) {
            return [];
        }
        $query = "SELECT * FROM {msop_modifications} WHERE $column IN {in} ORDER BY `rank`, id";
        return $this->withPictures($this->sql->rows($query, [], $ids));
    }

    /**
     * What one costs or weighs: a number, a share of the product's with "%", empty or 0 for as much as the product.
     *
     * @param mixed $written the column `price` or `weight`
     * @param mixed $type the column `type`
     * @param mixed $ofProduct
     */
    public static function worth($written, $type, $ofProduct): float
    {
        $base = Format::number($ofProduct);
        $text = Format::text($written);
        $isShare = substr($text, -1) === '%';
        $value = Format::number($isShare ? substr($text, 0, -1) : $text);
        $value = $isShare ? $base * $value / 100 : $value;
        if ((int) $type === self::ADDED) {
            $value = $base + $value;
        } elseif ((int) $type === self::TAKEN_OFF) {
            $value = $base - $value;
        }
        return $value > 0 ? $value : $base;
    }

    /** The add-on keeps the id of a picture of the product's gallery, older versions an address. */
    private function withPictures(array $rows): array
    {
        $first = [];
        if ($rows !== [] && $this->sql->has('msop_modification_images')) {
            $query = 'SELECT mid, image FROM {msop_modification_images} WHERE mid IN {in}'
                . ' ORDER BY `rank` DESC, image DESC'; // of several rows of one key the last stays
            $first = array_column($this->sql->rows($query, [], array_column($rows, 'id')), 'image', 'mid');
        }
        foreach ($rows as $key => $row) {
            $own = isset($row['image']) ? Format::text($row['image']) : '';
            $named = isset($first[$row['id']]) ? Format::text($first[$row['id']]) : '';
            $rows[$key]['image'] = $own !== '' && $own !== '0' ? $own : $named;
        }
        $ids = array_values(array_unique(array_filter(array_column($rows, 'image'), 'ctype_digit')));
        $query = "SELECT id, url FROM {{$this->engine}product_files} WHERE id IN {in}";
        $urls = array_column($this->sql->rows($query, [], $ids), 'url', 'id');
        foreach ($rows as $key => $row) {
            if (ctype_digit($row['image'])) {
                $rows[$key]['image'] = isset($urls[$row['image']]) ? Format::text($urls[$row['image']]) : '';
            }
        }
        return $rows;
    }
}
