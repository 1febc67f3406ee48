<?php

namespace HubConnectorTests;

use HubConnector\Schema;

/**
 * Tables of MODX with miniShop2 or MiniShop3 in SQLite, with one of everything.
 */
final class ShopDatabase
{
    public static function pdo(string $engine, bool $hasAddOns = true): \PDO
    {
        $pdo = new \PDO('sqlite::memory:');
        $pdo->setAttribute(\PDO::ATTR_ERRMODE, \PDO::ERRMODE_EXCEPTION);
        self::modx($pdo);
        $is3 = $engine === 'ms3_';
        $id = $is3 ? '_id' : '';
        $rank = $is3 ? 'position' : '`rank`';
        $customer = $is3 ? 'customer_id, ' : '';
        $name = $is3 ? 'first_name, last_name' : 'receiver';
        $statusIds = $is3
            ? ['draft' => 1, 'new' => 2, 'paid' => 3, 'sent' => 4]
            : ['draft' => 999, 'new' => 1, 'paid' => 2, 'sent' => 3];
        $tables = [
            "orders (id, user_id, {$customer}num, createdon, updatedon, cost, cart_cost, delivery_cost, weight,"
                . " status$id, delivery$id, payment$id, context, order_comment, properties)",
            "order_addresses (id, order_id, $name, phone, email, city, `index`, comment, properties)",
            'order_products (id, order_id, product_id, name, count, price, cost, weight, options, properties)',
            'order_logs (id, order_id, user_id, `timestamp`, action, entry, ip)',
            "order_statuses (id, name, active, final, fixed, $rank)",
            "deliveries (id, name, active, $rank)",
            "payments (id, name, active, $rank, class)",
            'vendors (id, name)',
            'options (id, `key`, caption)',
            'products (id, article, price, old_price, weight, image, vendor' . $id . ', ' . ($is3 ? 'stock' : 'remains')
                . ', color, size, tags, made_in)',
            'product_options (id, product_id, `key`, value)',
            "product_files (id, product_id, parent$id, $rank, type, url)",
            'product_categories (product_id, category_id)',
        ];
        foreach ($tables as $table) {
            $pdo->exec(self::typed("CREATE TABLE modx_$engine$table"));
        }
        foreach (['draft' => 'Draft', 'new' => 'New', 'paid' => 'Paid', 'sent' => 'Sent'] as $role => $title) {
            $final = (int) ($role === 'sent');
            $pdo->exec("INSERT INTO modx_{$engine}order_statuses VALUES ({$statusIds[$role]}, '$title', 1, $final, 1, "
                . $statusIds[$role] . ')');
        }
        $buyer = $is3 ? '0, 8' : '77';
        $receiver = $is3 ? "'Ann', 'Petrova'" : "'Ann Petrova'";
        $rows = [
            "orders VALUES (15, $buyer, '2601/15', '2026-01-15 09:59:58', NULL, 3200, 2900, 300, 0.4,"
                . " {$statusIds['new']}, 1, 3, 'web', 'gate code 5', '{\"gift\":\"yes\"}')",
            "orders VALUES (16, $buyer, '2601/15', '2026-01-16 10:00:00', NULL, 10, 10, 0, 0,"
                . " {$statusIds['sent']}, 9, 9, 'web', '', NULL)",
            "orders VALUES (17, $buyer, '', '2026-01-16 10:00:00', NULL, 10, 10, 0, 0,"
                . " {$statusIds['draft']}, 1, 3, 'web', '', NULL)",
            "orders VALUES (18, $buyer, '', '2026-01-16 10:00:00', NULL, 10, 10, 0, 0, 0, 1, 3, 'web', '', NULL)",
            "order_addresses VALUES (5, 15, $receiver, '+79990001122', 'ann@example.com', 'Moscow', '101000',"
                . " 'call me', NULL)",
            "order_products VALUES (31, 15, 137, 'T-shirt', 2, 1450, 2900, 0.2, '{\"size\":\"M\",\"modification\":21}',"
                . ' NULL)',
            "order_products VALUES (32, 15, 0, 'Wrapping', 1, 0, 0, 0, NULL, NULL)",
            "order_logs VALUES (1, 16, 0, '2026-01-17 08:00:00', 'status', '"
                . ($is3 ? "{\"status\":{$statusIds['paid']}}" : $statusIds['paid']) . "', '')",
            "deliveries VALUES (1, 'Courier', 1, 0)", "payments VALUES (3, 'Card', 1, 0, 'PayPal')",
            "vendors VALUES (1, 'Acme')", "options VALUES (1, 'cut', 'Cut')",
            "products VALUES (137, 'TS-137', 1450, 1600, 0.2, '/a.jpg', 1, 4, '[\"red\",\"blue\"]', '[\"\"]', NULL,"
                . " '')",
            "products VALUES (138, 'OLD', 1, 0, 0, '', 0, 0, NULL, NULL, NULL, '')",
            "product_options VALUES (1, 137, 'cut', 'slim')", "product_files VALUES (1, 137, 0, 1, 'image', '/b.jpg')",
            "product_files VALUES (2, 137, 0, 0, 'image', '/a.jpg')",
            "product_files VALUES (3, 137, 1, 0, 'image', '/small/b.jpg')",
            'product_categories VALUES (137, 12)', 'product_categories VALUES (137, 13)',
        ];
        foreach ($rows as $row) {
            $pdo->exec("INSERT INTO modx_$engine$row");
        }
        Schema::install($pdo, 'modx_');
        if ($hasAddOns) {
            self::addOns($pdo);
        }
        return $pdo;
    }

    private static function modx(\PDO $pdo): void
    {
        $statements = [
            'CREATE TABLE modx_site_content (id, pagetitle, uri, parent, published, deleted, introtext, description,'
                . ' createdon, editedon, class_key)',
            "INSERT INTO modx_site_content VALUES (12, 'Clothes', 'c', 0, 1, 0, '', '', 0, 0, 'msCategory'),"
                . " (13, 'Sale', 's', 12, 0, 0, '', '', 0, 0, 'msCategory'),"
                . " (137, 'T-shirt', 't-shirt', 12, 1, 0, '', 'Warm', 1768471200, 0, 'msProduct'),"
                . " (138, 'Old', 'old', 12, 1, 1, '', '', 1768471200, 0, 'msProduct'),"
                . " (1, 'Home', '', 0, 1, 0, '', '', 0, 0, 'modDocument')",
            'CREATE TABLE modx_users (id, username, password, active, sudo, createdon)',
            "INSERT INTO modx_users VALUES (1, 'boss', 'hash', 1, 1, 0), (2, 'editor', 'hash', 1, 0, 0),"
                . " (77, 'ann', 'hash', 1, 0, 1768471200)",
            'CREATE TABLE modx_user_attributes (id, internalKey, fullname, email, phone, mobilephone, dob, gender, zip,'
                . ' state, city, address, country, blocked, extended)',
            "INSERT INTO modx_user_attributes VALUES (901, 77, 'Ann Petrova', 'ann@example.com', '', '+79990001122',"
                . " 0, 2, '101000', '', 'Moscow', 'Lenina 1', 'Russia', 0, '{\"club\":5}')",
            'CREATE TABLE modx_member_groups (id, member, user_group)',
            'INSERT INTO modx_member_groups VALUES (1, 2, 4), (2, 77, 5)',
            'CREATE TABLE modx_membergroup_names (id, name)',
            "INSERT INTO modx_membergroup_names VALUES (4, 'Editors'), (5, 'Buyers')",
            'CREATE TABLE modx_access_context (id, target, principal)',
            "INSERT INTO modx_access_context VALUES (1, 'mgr', 4), (2, 'web', 5), (3, 'mgr', 0)",
            'CREATE TABLE modx_ms3_customers (id, first_name, last_name, phone, email, is_active, is_blocked,'
                . ' created_at, updated_at, password, token)',
            "INSERT INTO modx_ms3_customers VALUES (8, 'Ann', 'Petrova', '+79990001122', 'ann@example.com', 1, 0,"
                . " '2026-01-10 12:00:00', NULL, 'hash', 'token')",
            'CREATE TABLE modx_ms3_customer_addresses (id, customer_id, city, `index`, active)',
            "INSERT INTO modx_ms3_customer_addresses VALUES (1, 8, 'Moscow', '101000', 1)",
        ];
        foreach ($statements as $statement) {
            $pdo->exec(self::typed($statement));
        }
    }

    /** SQLite compares numbers with the text that PDO binds only where a column has an affinity. */
    private static function typed(string $statement): string
    {
        return strncmp($statement, 'CREATE', 6) === 0
            ? (string) preg_replace('/[,)]/', ' NUMERIC$0', $statement)
            : $statement;
    }

    private static function addOns(\PDO $pdo): void
    {
        $statements = [
            'CREATE TABLE modx_msop_modifications (id, rid, name, type, price, old_price, article, weight, count,'
                . ' image, active, `rank`)',
            "INSERT INTO modx_msop_modifications VALUES (21, 137, 'red, M', 1, '1450', '1600', 'TS-137-RM', 0.2, 4, 1,"
                . ' 1, 0)',
            "INSERT INTO modx_msop_modifications VALUES (22, 137, 'red, XL', 2, '10%', '', 'TS-137-RXL', '0.05', 2, 0,"
                . ' 1, 1)',
            'CREATE TABLE modx_msop_modification_images (mid, image, `rank`)',
            'INSERT INTO modx_msop_modification_images VALUES (22, 1, 1), (22, 2, 0)',
            'CREATE TABLE modx_msop_modification_options (mid, rid, `key`, value)',
            "INSERT INTO modx_msop_modification_options VALUES (21, 137, 'color', 'red')",
            'CREATE TABLE modx_mspc_orders (order_id, coupon_id, code, discount_amount, createdon)',
            "INSERT INTO modx_mspc_orders VALUES (15, 1, 'WINTER', 100, '')",
            'CREATE TABLE modx_mspc2_coupon_orders (id, `order`, coupon, code, discount, discount_amount)',
            "INSERT INTO modx_mspc2_coupon_orders VALUES (1, 16, 1, 'SPRING', '10%', 1)",
        ];
        foreach ($statements as $statement) {
            $pdo->exec(self::typed($statement));
        }
    }
}
