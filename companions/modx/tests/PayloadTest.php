<?php

namespace HubConnectorTests;

use HubConnector\CustomerPayload;
use HubConnector\Format;
use HubConnector\Lead;
use HubConnector\Modifications;
use HubConnector\OrderPayload;
use HubConnector\ProductPayload;
use HubConnector\Settings;
use PHPUnit\Framework\TestCase;

final class PayloadTest extends TestCase
{
    private const CLOCK = 1768471200.25;

    private static function settings(): Settings
    {
        return new Settings([
            'currency' => 'rub', 'weight_unit' => 'kg', 'shop_url' => 'https://www.shop.example:8443/',
        ]);
    }

    private static function order(array $more = [], array $order = []): array
    {
        $shop = new FakeShop();
        $shop->addOrder(15, 1, $more);
        $parts = $shop->orders[15];
        $parts['order'] = $order + $parts['order'];
        return OrderPayload::build($parts, self::settings(), self::CLOCK);
    }

    public function testAnOrderHasEverythingOfTheProtocol(): void
    {
        $json = Format::json(self::order());

        $expected = '{"id":15,"number":"2601/15","number_first_id":15,"uuid":"",'
            . '"created_at":"2026-01-15T09:59:58+03:00","updated_at":"2026-01-15T09:59:58.000+03:00",'
            . '"read_at":"2026-01-15T13:00:00.250+03:00","status":{"id":1,"name":"New"},"is_paid":false,"paid_at":null,'
            . '"context":"web","currency":"RUB",'
            . '"totals":{"cart":"2900.00","delivery":"300.00","total":"3200.00"},"weight":"0.4","weight_unit":"kg",'
            . '"comment":"call me","manager_comment":"","properties":{},'
            . '"delivery":{"id":1,"name":"Courier"},"payment":{"id":3,"name":"Card","class":"PayPal"},'
            . '"customer":{"id":77,"email":"ann@example.com","email_is_generated":false,"phone":"",'
            . '"full_name":"Ann Petrova","first_name":"","last_name":"","is_manager":false},'
            . '"address":{"receiver":"Ann Petrova","first_name":"","last_name":"","phone":"",'
            . '"email":"ann@example.com","country":"","index":"","region":"","city":"","metro":"","street":"",'
            . '"building":"","entrance":"","floor":"","room":"","comment":"call me","text_address":"",'
            . '"properties":{}},'
            . '"items":[{"line_id":31,"product_id":137,"modification_id":21,"modification_name":"",'
            . '"sku":"TS-137-RM","name":"T-shirt","count":2,"price":"1450.00","old_price":"0.00","cost":"2900.00",'
            . '"weight":"0.2","options":{"size":"M"},"properties":{},"url":"","image":""}],'
            . '"discounts":[{"amount":"100.00","source":"msPromoCode","code":"WINTER"}]}';
        self::assertSame($expected, $json);
    }

    public function testTheNewestOfOrderAndLogIsTheTimeOfTheChange(): void
    {
        $log = ['log_at' => '2026-01-16 08:00:00'];
        $order = self::order($log, ['updatedon' => '2026-01-15 12:00:00']);

        self::assertSame('2026-01-16T08:00:00.000+03:00', $order['updated_at']);
        $noted = self::order($log + ['changed_at' => 1768539600123]);
        self::assertSame('2026-01-16T08:00:00.123+03:00', $noted['updated_at']);
    }

    public function testAddressesOfComputersDoNotLeaveTheShop(): void
    {
        $properties = '{"ip":"203.0.113.7","user_agent":"x","session_id":"s","card_token":"t","gift":"yes"}';

        self::assertSame(['gift' => 'yes'], self::order([], ['properties' => $properties])['properties']);
    }

    public function testAGuestIsCustomerZero(): void
    {
        $customer = self::order(['customer' => []])['customer'];

        self::assertSame([0, '', false], [$customer['id'], $customer['email'], $customer['email_is_generated']]);
    }

    public function testAnAddressThatTheShopMadeUpIsMarked(): void
    {
        $made = ['id' => 77, 'email' => 'ann-petrova@shop.example'];

        self::assertTrue(self::order(['customer' => $made])['customer']['email_is_generated']);
        $entered = self::order(['customer' => $made, 'address' => ['email' => 'Ann-Petrova@shop.example']]);
        self::assertFalse($entered['customer']['email_is_generated']);
    }

    public function testAnOrderWithHolesGoesOutAllTheSame(): void
    {
        $order = self::order(
            [
                'address' => [], 'delivery' => [], 'payment' => [],
                'items' => [['id' => 1, 'count' => '', 'options' => 'x']],
            ],
            ['createdon' => '0000-00-00 00:00:00', 'cost' => null, 'weight' => null, 'num' => null]
        );

        self::assertNull($order['created_at']);
        self::assertSame('0.00', $order['totals']['total']);
        self::assertSame('0', $order['weight']);
        self::assertSame(['id' => 1, 'name' => ''], $order['delivery']);
        self::assertSame(0, $order['items'][0]['count']);
    }

    public function testACustomerHasEverythingOfTheProtocol(): void
    {
        $row = [
            'id' => '77', 'username' => 'ann', 'email' => 'ann@example.com', 'phone' => '',
            'full_name' => 'Ann Petrova', 'mobile_phone' => '+79990001122', 'birthday' => '631152000', 'gender' => '2',
            'created_at' => 1768471200, 'active' => 1, 'blocked' => '0', 'extended' => '{"club":5}',
            'groups' => ['Buyers'], 'is_manager' => false,
            'address' => ['city' => 'Moscow', 'index' => ''],
        ];

        $json = Format::json(CustomerPayload::build($row, self::settings(), self::CLOCK));

        $expected = '{"username":"ann","phone":"","mobile_phone":"+79990001122","company":"","birthday":"1990-01-01",'
            . '"gender":"female","created_at":"2026-01-15T13:00:00+03:00","updated_at":null,'
            . '"read_at":"2026-01-15T13:00:00.250+03:00","active":true,"blocked":false,"address":{"city":"Moscow"},'
            . '"groups":["Buyers"],"fields":{"club":5},"id":77,"email":"ann@example.com","email_is_generated":false,'
            . '"full_name":"Ann Petrova","first_name":"","last_name":"","is_manager":false}';
        self::assertSame($expected, $json);
    }

    public function testAProductHasEverythingOfTheProtocol(): void
    {
        $row = [
            'id' => 137, 'article' => 'TS-137', 'pagetitle' => 'T-shirt', 'uri' => 't-shirt', 'price' => '1450.00',
            'old_price' => '0.00', 'weight' => '0.200', 'image' => '/assets/a.jpg', 'images' => ['/assets/a.jpg'],
            'vendor_name' => 'Acme', 'category_ids' => [12], 'category_names' => ['Clothes'], 'published' => 1,
            'deleted' => 0, 'stock' => '4.000', 'options' => ['color' => ['red']], 'createdon' => 1768471200,
            'editedon' => 0, 'introtext' => '', 'description' => 'Warm',
            'modifications' => [[
                'id' => 21, 'name' => 'red, M', 'article' => 'TS-137-RM', 'price' => '1 450,50', 'weight' => '0.2',
                'count' => '4', 'image' => '', 'active' => 1, 'options' => [],
            ]],
        ];

        $json = Format::json(ProductPayload::build($row, self::settings(), self::CLOCK));

        $expected = '{"id":137,"article":"TS-137","name":"T-shirt","url":"https://www.shop.example:8443/t-shirt",'
            . '"price":"1450.00","old_price":"0.00","currency":"RUB","weight":"0.2","weight_unit":"kg",'
            . '"image":"https://www.shop.example:8443/assets/a.jpg",'
            . '"images":["https://www.shop.example:8443/assets/a.jpg"],"vendor":"Acme","category_ids":[12],'
            . '"category_names":["Clothes"],"active":true,"stock":4,"description":"Warm","options":{"color":["red"]},'
            . '"created_at":"2026-01-15T13:00:00+03:00","updated_at":null,"read_at":"2026-01-15T13:00:00.250+03:00",'
            . '"modifications":[{"id":21,"name":"red, M","article":"TS-137-RM","price":"1450.50","old_price":"0.00",'
            . '"weight":"0.2","stock":4,"image":"","active":true,"options":{}}]}';
        self::assertSame($expected, $json);
    }

    /** @dataProvider worths */
    public function testAModificationCostsWhatTheAddOnWorksOut($written, $type, float $expected): void
    {
        self::assertSame($expected, Modifications::worth($written, $type, '1 000,00'));
    }

    public static function worths(): array
    {
        return [
            'in place of the product\'s' => ['1450,50', 1, 1450.5], 'none of its own' => ['', 1, 1000.0],
            'nought' => ['0', 1, 1000.0], 'a share' => ['90%', 1, 900.0], 'on top' => ['150', 2, 1150.0],
            'a share on top' => ['10%', 2, 1100.0], 'off' => ['150', 3, 850.0], 'a share off' => ['10%', '3', 900.0],
            'more off than there is' => ['2000', 3, 1000.0], 'no type' => ['1450', '', 1450.0],
            'no number' => ['on request', 1, 1000.0],
        ];
    }

    public function testALeadTakesItsFieldsByTheirUsualNames(): void
    {
        $lead = Lead::build(
            [
                'name' => ' Ann ', 'tel' => '+79990001122', 'message' => '<b>after six</b>', 'size' => ['S', 'M'],
                'password' => 'secret', 'g-recaptcha-response' => 'x', 'nospam' => '', 'utm_source' => 'google',
                'photo' => ['tmp_name' => '/tmp/x', 'name' => 'x.jpg'], 'cardnumber' => '4111', 'submit' => 'Send',
            ],
            [],
            ['form' => 'callback', 'page' => 'https://shop.example/contacts'],
            ['utm_medium' => 'cpc', 'q' => 'x'],
            self::CLOCK
        );

        self::assertMatchesRegularExpression('/\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/', $lead['id']);
        unset($lead['id']);
        self::assertSame([
            'form' => 'callback', 'title' => '', 'page' => 'https://shop.example/contacts', 'name' => 'Ann',
            'email' => '', 'phone' => '+79990001122', 'comment' => 'after six',
            'utm' => ['utm_source' => 'google', 'utm_medium' => 'cpc'], 'fields' => ['size' => 'S, M'],
            'created_at' => '2026-01-15T13:00:00.250+03:00',
        ], $lead);
    }

    public function testTheOwnerOfAFormMayNameItsFields(): void
    {
        $lead = Lead::build(['who' => 'Ann', 'name' => 'of the dog'], ['name' => 'who'], [], [], self::CLOCK);

        self::assertSame('Ann', $lead['name']);
        self::assertSame(['name' => 'of the dog'], $lead['fields']);
    }

    public function testBrokenBytesDoNotStopAnEvent(): void
    {
        self::assertSame("{\"a\":\"\u{fffd}\"}", Format::json(['a' => "\xff"]));
    }

    public function testWhatGoesIntoTheDatabaseIsAscii(): void
    {
        $text = 'Анна 🙂';

        self::assertSame(1, preg_match('/\A[\x20-\x7e]+\z/', Format::asciiJson($text)));
        self::assertSame($text, json_decode(Format::asciiJson($text)));
    }

    /** @dataProvider times */
    public function testATimeOfTheShopGetsItsOffset($value, ?string $expected): void
    {
        self::assertSame($expected, Format::time($value));
    }

    public static function times(): array
    {
        return [
            ['2026-01-15 10:00:00', '2026-01-15T10:00:00+03:00'], [1768471200, '2026-01-15T13:00:00+03:00'],
            ['', null], [null, null], [0, null], ['0000-00-00 00:00:00', null], ['nonsense', null],
        ];
    }
}
