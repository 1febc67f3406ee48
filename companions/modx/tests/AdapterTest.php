<?php

namespace HubConnectorTests;

use HubConnector\CustomerPayload;
use HubConnector\Format;
use HubConnector\Modx\MiniShop2;
use HubConnector\Modx\MiniShop3;
use HubConnector\OrderPayload;
use HubConnector\ProductPayload;
use HubConnector\Settings;
use HubConnector\ShopAdapter;
use HubConnector\Sql;
use HubConnector\SqlOutboxStorage;
use PHPUnit\Framework\TestCase;

/**
 * Both adapters over the tables of their engines.
 */
final class AdapterTest extends TestCase
{
    /** @var FakeEngine */
    private $engine;

    /** @var Sql */
    private $sql;

    private function shop(string $engine, bool $hasAddOns = true): ShopAdapter
    {
        $pdo = ShopDatabase::pdo($engine, $hasAddOns);
        $modx = new FakeModx($pdo);
        $this->engine = new FakeEngine();
        $modx->miniShop2 = $this->engine;
        $modx->services = new FakeServices(['ms3' => $this->engine, 'ms3_order_status' => $this->engine]);
        $this->sql = new Sql($pdo, 'modx_');
        return $engine === 'ms3_' ? new MiniShop3($modx, $this->sql) : new MiniShop2($modx, $this->sql);
    }

    private static function order(ShopAdapter $shop, int $id): array
    {
        $settings = new Settings(['currency' => 'RUB', 'shop_url' => 'https://shop.example/']);
        $parts = $shop->orders([$id])[0];
        return json_decode(Format::json(OrderPayload::build($parts, $settings, 1768471200.0)), true);
    }

    public static function engines(): array
    {
        return ['miniShop2' => ['ms2_'], 'MiniShop3' => ['ms3_']];
    }

    /** @dataProvider engines */
    public function testAnOrderIsReadWithAllThatBelongsToIt(string $engine): void
    {
        $order = self::order($this->shop($engine), 15);

        self::assertSame('2601/15', $order['number']);
        self::assertSame('New', $order['status']['name']);
        self::assertSame(['cart' => '2900.00', 'delivery' => '300.00', 'total' => '3200.00'], $order['totals']);
        self::assertSame(['id' => 1, 'name' => 'Courier'], $order['delivery']);
        self::assertSame(['id' => 3, 'name' => 'Card', 'class' => 'PayPal'], $order['payment']);
        self::assertSame(['call me', 'gate code 5'], [$order['comment'], $order['manager_comment']]);
        self::assertSame(['gift' => 'yes'], $order['properties']);
        self::assertSame('Ann Petrova', $order['address']['receiver']);
        self::assertSame('Ann Petrova', $order['customer']['full_name']);
        self::assertSame($engine === 'ms3_' ? 8 : 77, $order['customer']['id']);
        self::assertSame([['amount' => '100.00', 'source' => 'msPromoCode', 'code' => 'WINTER']], $order['discounts']);
        self::assertCount(2, $order['items']);
        $line = $order['items'][0];
        self::assertSame([21, 'red, M'], [$line['modification_id'], $line['modification_name']]);
        self::assertSame('TS-137-RM', $line['sku']);
        self::assertSame(['size' => 'M'], $line['options']);
        self::assertSame('https://shop.example/t-shirt', $line['url']);
        self::assertSame('https://shop.example/b.jpg', $line['image'], 'the picture of the modification');
        self::assertSame([0, '', []], [
            $order['items'][1]['product_id'], $order['items'][1]['sku'], $order['items'][1]['options'],
        ]);
    }

    /** @dataProvider engines */
    public function testAnOrderThatWasPaidBeforeItWasSentIsPaid(string $engine): void
    {
        $shop = $this->shop($engine);
        $order = self::order($shop, 16);

        self::assertTrue($order['is_paid']);
        self::assertTrue($shop->isPaid(16));
        self::assertFalse($shop->isPaid(15));
        self::assertSame('2026-01-17T08:00:00.000+03:00', $order['updated_at'], 'the log is newer than the order');
        self::assertSame('2026-01-17T08:00:00+03:00', $order['paid_at']);
        self::assertSame(15, $order['number_first_id']);
        self::assertSame(['id' => 9, 'name' => ''], $order['delivery'], 'a deleted delivery keeps its id');
        self::assertSame('msPromoCode2', $order['discounts'][0]['source']);
    }

    /** @dataProvider engines */
    public function testDraftsAndOrdersWithoutAStatusAreNoOrders(string $engine): void
    {
        $shop = $this->shop($engine);

        self::assertSame([], $shop->orders([17, 18]));
        self::assertSame([15, 16], $shop->orderIds(['after_id' => 0, 'limit' => 100]));
    }

    /** @dataProvider engines */
    public function testOrdersAreListedByWhatTheHubAsksFor(string $engine): void
    {
        $shop = $this->shop($engine);
        $ids = function (array $filter) use ($shop): array {
            return $shop->orderIds($filter + ['after_id' => 0, 'limit' => 100]);
        };

        self::assertSame([16], $ids(['after_id' => 15]));
        self::assertSame([15], $ids(['limit' => 1]));
        self::assertSame([16], $ids(['created_from' => strtotime('2026-01-16 10:00:00')]));
        self::assertSame([15], $ids(['created_to' => strtotime('2026-01-16 10:00:00')]));
        self::assertSame([16], $ids(['updated_since' => strtotime('2026-01-17 07:00:00')]));
        self::assertSame([], $ids(['updated_since' => strtotime('2026-01-17 08:00:01')]));
        self::assertSame([15, 16], array_column(array_column($shop->ordersByNumber(['2601/15']), 'order'), 'id'));
    }

    /** @dataProvider engines */
    public function testWhatThePluginHasNotedCountsAsAChangeOfTheOrder(string $engine): void
    {
        $shop = $this->shop($engine);
        $storage = new SqlOutboxStorage($this->sql);
        $storage->touch(15, 1768900000500);
        $storage->touch(15, 1768800000000);

        self::assertSame(date('Y-m-d\TH:i:s.500P', 1768900000), self::order($shop, 15)['updated_at']);
        self::assertSame([15], $shop->orderIds(['after_id' => 0, 'limit' => 9, 'updated_since' => 1768900000]));
        self::assertSame([], $shop->orderIds(['after_id' => 0, 'limit' => 9, 'updated_since' => 1768900001]));
    }

    /** @dataProvider engines */
    public function testTheNumberInTheCrmGoesIntoTheProperties(string $engine): void
    {
        $shop = $this->shop($engine);

        self::assertTrue($shop->setNumber(15, '1015A', false));
        self::assertFalse($shop->setNumber(15, '1015A', false));
        $order = self::order($shop, 15);
        self::assertSame(['2601/15', ['gift' => 'yes', 'crm_number' => '1015A']], [
            $order['number'], $order['properties'],
        ]);

        self::assertTrue($shop->setNumber(15, '1015A', true));
        self::assertSame('1015A', self::order($shop, 15)['number']);
        self::assertFalse($shop->setNumber(99, '1', false));
    }

    /** @dataProvider engines */
    public function testAShopWithoutAddOnsIsReadToo(string $engine): void
    {
        $order = self::order($this->shop($engine, false), 15);

        self::assertSame([], $order['discounts']);
        self::assertSame([21, 'TS-137', ''], [
            $order['items'][0]['modification_id'], $order['items'][0]['sku'], $order['items'][0]['modification_name'],
        ]);
    }

    /** @dataProvider engines */
    public function testAProductIsReadWithAllThatBelongsToIt(string $engine): void
    {
        $shop = $this->shop($engine);
        $settings = new Settings(['shop_url' => 'https://shop.example/']);
        $rows = $shop->products([137, 138]);
        $product = json_decode(Format::json(ProductPayload::build($rows[0], $settings, 1768471200.0)), true);

        self::assertCount(1, $rows, 'what lies in the bin is gone');
        self::assertSame('Acme', $product['vendor']);
        self::assertSame([[12, 13], ['Clothes', 'Sale']], [$product['category_ids'], $product['category_names']]);
        self::assertSame(['color' => ['red', 'blue'], 'cut' => ['slim']], $product['options']);
        self::assertSame(['https://shop.example/a.jpg', 'https://shop.example/b.jpg'], $product['images']);
        self::assertSame(4, $product['stock']);
        self::assertSame(['color' => 'red'], $product['modifications'][0]['options']);
        self::assertSame(
            [['1450.00', '1600.00', '0.2', 'https://shop.example/b.jpg'],
                ['1595.00', '0.00', '0.25', 'https://shop.example/a.jpg']],
            array_map(function (array $modification): array {
                return [
                    $modification['price'], $modification['old_price'], $modification['weight'], $modification['image'],
                ];
            }, $product['modifications'])
        );
        self::assertSame([137], $shop->productIds(['after_id' => 0, 'limit' => 5]));
        self::assertSame([], $shop->productIds(['after_id' => 0, 'limit' => 5, 'created_to' => 1768471200]));
        self::assertSame([137], $shop->productIds(['after_id' => 0, 'limit' => 5, 'updated_since' => 1768471200]));
        self::assertSame([], $shop->productIds(['after_id' => 0, 'limit' => 5, 'updated_since' => 1768471201]));
        self::assertSame([
            ['id' => 12, 'parent_id' => 0, 'name' => 'Clothes', 'active' => true],
            ['id' => 13, 'parent_id' => 12, 'name' => 'Sale', 'active' => false],
        ], $shop->categories());
    }

    public function testCustomersOfMiniShop2AreUsersWithoutTheStaff(): void
    {
        $shop = $this->shop('ms2_');
        $settings = new Settings(['shop_url' => 'https://shop.example/']);
        $rows = $shop->customers([1, 2, 77]);
        $customer = json_decode(Format::json(CustomerPayload::build($rows[0], $settings, 1768471200.0)), true);

        self::assertCount(1, $rows);
        self::assertSame([77, 'ann', 'Ann Petrova'], [$customer['id'], $customer['username'], $customer['full_name']]);
        self::assertSame('101000', $customer['address']['index']);
        self::assertSame(['club' => 5], $customer['fields']);
        self::assertSame(['Buyers'], $customer['groups']);
        self::assertSame([77], $shop->customerIds(['after_id' => 2, 'limit' => 5]));
        self::assertStringNotContainsString('hash', Format::json($customer));
    }

    public function testCustomersOfMiniShop3AreItsOwn(): void
    {
        $shop = $this->shop('ms3_');
        $settings = new Settings(['shop_url' => 'https://shop.example/']);
        $rows = $shop->customers([8, 77]);
        $customer = json_decode(Format::json(CustomerPayload::build($rows[0], $settings, 1768471200.0)), true);

        self::assertCount(1, $rows);
        self::assertSame([8, 'Ann', 'Petrova'], [$customer['id'], $customer['first_name'], $customer['last_name']]);
        self::assertSame('Moscow', $customer['address']['city']);
        self::assertSame('2026-01-10T12:00:00+03:00', $customer['created_at']);
        self::assertSame([8], $shop->customerIds(['after_id' => 0, 'limit' => 5, 'created_from' => 0]));
        self::assertStringNotContainsString('hash', Format::json($customer));
    }

    public function testAManagerWhoMakesAnOrderIsNotItsBuyer(): void
    {
        $pdo = ShopDatabase::pdo('ms2_');
        $pdo->exec('UPDATE modx_ms2_orders SET user_id = 2 WHERE id = 15');

        $order = self::order(new MiniShop2(new FakeModx($pdo), new Sql($pdo, 'modx_')), 15);

        self::assertTrue($order['customer']['is_manager']);
    }

    /** @dataProvider engines */
    public function testTheDictionariesNameTheRolesAndLeaveTheDraftOut(string $engine): void
    {
        $books = $this->shop($engine)->dictionaries();

        $roles = array_column($books['statuses'], 'role', 'name');
        self::assertSame(['New' => 'new', 'Paid' => 'paid', 'Sent' => ''], $roles);
        self::assertTrue($books['statuses'][2]['final']);
        self::assertSame([['id' => 1, 'name' => 'Courier', 'active' => true]], $books['deliveries']);
        self::assertSame('PayPal', $books['payments'][0]['class']);
        self::assertSame([['key' => 'cut', 'name' => 'Cut']], $books['options']);
    }

    public function testMiniShop2ChangesAStatusByItsOwnService(): void
    {
        $shop = $this->shop('ms2_');
        self::assertSame('', $shop->changeStatus(15, 2, true));
        self::assertSame(['changeOrderStatus', 15, 2], end($this->engine->calls));

        $this->engine->answer = 'The status is <b>final</b>.';
        self::assertSame('The status is final.', $shop->changeStatus(15, 2, false));
        self::assertTrue($shop->hasStatus(2));
        self::assertFalse($shop->hasStatus(5));
        self::assertSame(['id' => 1, 'name' => 'New'], $shop->statusOf(15));
        self::assertNull($shop->statusOf(99));
    }

    public function testMiniShop3ChangesAStatusByItsOwnServiceSilentlyIfAsked(): void
    {
        $shop = $this->shop('ms3_');
        self::assertSame('', $shop->changeStatus(15, 3, true));
        self::assertSame(['change', 15, 3, true], end($this->engine->calls));

        $this->engine->answer = 'no';
        self::assertSame('no', $shop->changeStatus(15, 3, false));
    }

    public function testABrokenVersionIsPointedOut(): void
    {
        $shop = $this->shop('ms2_');
        self::assertSame([], $shop->about()['warnings']);

        $this->engine->version = '4.4.1-pl';
        self::assertSame(['minishop2_4_4_1'], array_column($shop->about()['warnings'], 'code'));
        self::assertSame('minishop3', $this->shop('ms3_')->about()['engine']);
    }

    public function testAFailedQueryDoesNotNameItsValues(): void
    {
        $pdo = ShopDatabase::pdo('ms2_');
        foreach ([\PDO::ERRMODE_SILENT, \PDO::ERRMODE_EXCEPTION] as $mode) {
            $pdo->setAttribute(\PDO::ATTR_ERRMODE, $mode);
            try {
                (new Sql($pdo, 'modx_'))->rows('SELECT * FROM {nothing} WHERE email = ?', ['ann@example.com']);
                self::fail('no table, no error');
            } catch (\RuntimeException $fault) {
                self::assertStringStartsWith('A database query failed', $fault->getMessage());
                self::assertStringNotContainsString('ann@', $fault->getMessage());
                self::assertNull($fault->getPrevious());
            }
        }
    }
}
