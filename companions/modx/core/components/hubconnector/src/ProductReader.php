<?php

namespace HubConnector;

/**
 * Reads products of miniShop2 and MiniShop3 straight from their tables.
 */
final class ProductReader
{
    private const PAGE = 'c.id, c.pagetitle, c.uri, c.parent, c.published, c.deleted, c.introtext, c.description,'
        . ' c.createdon, c.editedon';

    /** Options that are columns of the product; the other ones have a table. */
    private const OWN_OPTIONS = ['color', 'size', 'tags'];

    /** @var Sql */
    private $sql;

    /** @var string "ms2_" or "ms3_" */
    private $engine;

    /** @var array{vendor: string, stock: string, file_parent: string, rank: string} column names */
    private $columns;

    public function __construct(Sql $sql, string $engine, array $columns)
    {
        $this->sql = $sql;
        $this->engine = $engine;
        $this->columns = $columns;
    }

    /** @return array[] see ShopAdapter::products(); products in the bin are gone */
    public function byIds(array $ids): array
    {
        $rows = $this->sql->rows(
            "SELECT p.*, v.name AS vendor_name, " . self::PAGE . " FROM {site_content} c"
            . " JOIN {{$this->engine}products} p ON p.id = c.id"
            . " LEFT JOIN {{$this->engine}vendors} v ON v.id = p.{$this->columns['vendor']}"
            . " WHERE c.id IN {in} AND c.deleted = 0 AND c.class_key LIKE '%msProduct' ORDER BY c.id",
            [],
            $ids
        );
        $ids = array_map('intval', array_column($rows, 'id'));
        $images = $this->images($ids);
        $options = $this->options($ids);
        $modifications = $this->modifications($ids);
        $members = $this->members($ids);
        $parents = array_map('intval', array_column($rows, 'parent'));
        $names = $this->names(array_merge($parents, ...array_values($members)));
        foreach ($rows as $key => $row) {
            $id = (int) $row['id'];
            $categories = array_merge([(int) $row['parent']], isset($members[$id]) ? $members[$id] : []);
            $categories = array_values(array_unique($categories));
            $stock = $this->columns['stock'];
            $rows[$key] = [
                'images' => isset($images[$id]) ? $images[$id] : [],
                'options' => self::ownOptions($row) + (isset($options[$id]) ? $options[$id] : []),
                'modifications' => isset($modifications[$id]) ? $modifications[$id] : [],
                'category_ids' => $categories,
                'category_names' => array_map(function (int $category) use ($names): string {
                    return isset($names[$category]) ? $names[$category] : '';
                }, $categories),
                'stock' => isset($row[$stock]) ? $row[$stock] : null,
            ] + $row;
        }
        return $rows;
    }

    /** @return int[] see ShopAdapter::productIds() */
    public function ids(array $filter): array
    {
        $where = ["c.class_key LIKE '%msProduct'", 'c.deleted = 0', 'c.id > ?'];
        $params = [$filter['after_id']];
        foreach (['created_from' => '>=', 'created_to' => '<'] as $key => $compare) {
            if (isset($filter[$key])) {
                $where[] = "c.createdon $compare ?";
                $params[] = $filter[$key];
            }
        }
        if (isset($filter['updated_since'])) {
            $where[] = '(c.createdon >= ? OR c.editedon >= ?)';
            array_push($params, $filter['updated_since'], $filter['updated_since']);
        }
        $rows = $this->sql->rows(
            "SELECT c.id FROM {site_content} c JOIN {{$this->engine}products} p ON p.id = c.id WHERE "
            . implode(' AND ', $where) . " ORDER BY c.id LIMIT {$filter['limit']}",
            $params
        );
        return array_map('intval', array_column($rows, 'id'));
    }

    /** @return array[] {id, parent_id, name, active} */
    public function categories(): array
    {
        $rows = $this->sql->rows(
            "SELECT id, parent, pagetitle, published FROM {site_content}"
            . " WHERE class_key LIKE '%msCategory' AND deleted = 0 ORDER BY id"
        );
        return array_map(function (array $row): array {
            return [
                'id' => (int) $row['id'], 'parent_id' => (int) $row['parent'], 'name' => (string) $row['pagetitle'],
                'active' => (bool) $row['published'],
            ];
        }, $rows);
    }

    private static function ownOptions(array $row): array
    {
        $options = [];
        foreach (self::OWN_OPTIONS as $key) {
            $values = array_values(array_filter(Format::decoded(isset($row[$key]) ? $row[$key] : ''), 'is_scalar'));
            if ($values !== [] && $values !== ['']) {
                $options[$key] = $values;
            }
        }
        if (isset($row['made_in']) && $row['made_in'] !== '') {
            $options['made_in'] = [$row['made_in']];
        }
        return $options;
    }

    /** @return array<int, array<string, string[]>> */
    private function options(array $ids): array
    {
        $rows = $this->sql->rows(
            "SELECT product_id, `key`, value FROM {{$this->engine}product_options} WHERE product_id IN {in}",
            [],
            $ids
        );
        $options = [];
        foreach ($rows as $row) {
            if ((string) $row['value'] !== '') {
                $options[(int) $row['product_id']][$row['key']][] = $row['value'];
            }
        }
        return $options;
    }

    /** @return array<int, string[]> the originals of the gallery; rows with a parent are thumbnails */
    private function images(array $ids): array
    {
        $rows = $this->sql->rows(
            "SELECT product_id, url FROM {{$this->engine}product_files} WHERE product_id IN {in}"
            . " AND {$this->columns['file_parent']} = 0 AND type = 'image' ORDER BY `{$this->columns['rank']}`, id",
            [],
            $ids
        );
        $images = [];
        foreach ($rows as $row) {
            if ((string) $row['url'] !== '') {
                $images[(int) $row['product_id']][] = $row['url'];
            }
        }
        return $images;
    }

    /** @return array<int, int[]> further categories */
    private function members(array $ids): array
    {
        $members = [];
        $query = "SELECT product_id, category_id FROM {{$this->engine}product_categories} WHERE product_id IN {in}";
        foreach ($this->sql->rows($query, [], $ids) as $row) {
            $members[(int) $row['product_id']][] = (int) $row['category_id'];
        }
        return $members;
    }

    /** @return array<int, string> */
    private function names(array $ids): array
    {
        $ids = array_values(array_unique($ids));
        $rows = $this->sql->rows('SELECT id, pagetitle FROM {site_content} WHERE id IN {in}', [], $ids);
        return array_column($rows, 'pagetitle', 'id');
    }

    /** @return array<int, array[]> of msOptionsPrice2, where it is installed */
    private function modifications(array $ids): array
    {
        $rows = (new Modifications($this->sql, $this->engine))->read('rid', $ids);
        $options = [];
        if ($rows !== [] && $this->sql->has('msop_modification_options')) {
            $query = 'SELECT mid, `key`, value FROM {msop_modification_options} WHERE mid IN {in}';
            foreach ($this->sql->rows($query, [], array_column($rows, 'id')) as $row) {
                $options[(int) $row['mid']][$row['key']] = $row['value'];
            }
        }
        $modifications = [];
        foreach ($rows as $row) {
            $row['options'] = isset($options[(int) $row['id']]) ? $options[(int) $row['id']] : [];
            $modifications[(int) $row['rid']][] = $row;
        }
        return $modifications;
    }
}
