<?php

declare(strict_types=1);

namespace Hub\Connector\Test\Unit;

use Hub\Connector\Model\Config\Source\Events;
use Hub\Connector\Model\Info;
use Magento\Framework\App\ProductMetadataInterface;
use Magento\Framework\DataObject;
use Magento\Payment\Api\PaymentMethodListInterface;
use Magento\Sales\Model\ResourceModel\Order\Status\CollectionFactory;
use Magento\Shipping\Model\Config as ShippingConfig;
use PHPUnit\Framework\TestCase;
use RuntimeException;

class InfoTest extends TestCase
{
    public function testTheShopSaysWhatItsOwnApiDoesNot(): void
    {
        $world = new World();
        $world->settings[1]['title'] = 'Flat Rate';
        $metadata = new class implements ProductMetadataInterface {
            public function getVersion()
            {
                return '2.4.8';
            }

            public function getEdition()
            {
                return 'Community';
            }
        };
        $payments = new class implements PaymentMethodListInterface {
            public function getActiveList($storeId)
            {
                return [new DataObject(['code' => "pay_$storeId", 'title' => 'Pay'])];
            }
        };
        $flat = new class {
            public function getAllowedMethods(): array
            {
                return ['flatrate' => 'Fixed', 'odd' => ['nested']];
            }
        };
        $broken = new class {
            public function getAllowedMethods(): array
            {
                throw new RuntimeException('carrier is away');
            }
        };
        $statuses = new CollectionFactory([
            new DataObject(['status' => 'pending', 'label' => 'Pending', 'state' => 'new', 'is_default' => '1']),
            new DataObject(['status' => 'packed', 'label' => 'Packed', 'state' => null]),
        ]);
        $shipping = new ShippingConfig(['flatrate' => $flat, 'dhl' => $broken]);

        [$info] = (new Info($metadata, $world, $statuses, $payments, $shipping, $world, $world->config()))->getInfo();

        self::assertSame(['0.1.0', '2.4.8', 'Community'], [
            $info['module_version'], $info['magento_version'], $info['edition'],
        ]);
        self::assertSame([true, true, false], array_column($info['store_views'], 'sends_events'));
        self::assertSame(['view_1', 'view_2', 'view_3'], array_column($info['store_views'], 'code'));
        self::assertSame([
            ['status' => 'pending', 'label' => 'Pending', 'state' => 'new', 'is_default' => true],
            ['status' => 'packed', 'label' => 'Packed', 'state' => null, 'is_default' => false],
        ], $info['order_statuses']);
        self::assertSame(['pay_1', 'pay_2', 'pay_3'], array_column($info['payment_methods'], 'code'));
        self::assertSame([
            ['code' => 'flatrate', 'title' => 'Flat Rate', 'methods' => [
                ['code' => 'flatrate_flatrate', 'title' => 'Fixed'],
            ]],
            ['code' => 'dhl', 'title' => 'Flat Rate', 'methods' => []],
        ], $info['carriers']);
    }

    public function testVersionsAndListsAgreeAcrossTheFiles(): void
    {
        $root = dirname(__DIR__, 2);
        $composer = json_decode((string)file_get_contents("$root/composer.json"), true);
        self::assertSame(Info::VERSION, $composer['version']);

        $config = simplexml_load_file("$root/etc/config.xml");
        $offered = array_column((new Events())->toOptionArray(), 'value');
        self::assertSame(implode(',', $offered), (string)$config->default->hub_connector->general->events);

        $schema = simplexml_load_file("$root/etc/db_schema.xml");
        $whitelist = json_decode((string)file_get_contents("$root/etc/db_schema_whitelist.json"), true)['hub_outbox'];
        $columns = [];
        foreach ($schema->table->column as $column) {
            $columns[] = (string)$column['name'];
        }
        self::assertSame($columns, array_keys($whitelist['column']));
    }

    public function testEveryClassNamedInTheConfigurationIsThere(): void
    {
        $root = dirname(__DIR__, 2);
        $files = [...glob("$root/etc/*.xml"), ...glob("$root/etc/adminhtml/*.xml")];
        foreach ($files as $file) {
            preg_match_all('/Hub\\\\Connector\\\\[A-Za-z\\\\]+/', (string)file_get_contents($file), $matches);
            foreach ($matches[0] as $class) {
                $class = (string)preg_replace('/\\\\Proxy$/', '', $class);
                $path = $root . '/' . str_replace('\\', '/', substr($class, strlen('Hub\\Connector\\'))) . '.php';
                self::assertFileExists($path, basename($file));
            }
        }
    }
}
