<?php

declare(strict_types=1);

namespace Hub\Connector\Test\Unit;

use Hub\Connector\Observer\Wake;
use Magento\Framework\DataObject;
use Magento\Framework\Event;
use Magento\Framework\Event\Observer;
use Magento\Framework\MessageQueue\PublisherInterface;
use PHPUnit\Framework\TestCase;
use RuntimeException;

class EnqueueTest extends TestCase
{
    private World $world;

    protected function setUp(): void
    {
        $this->world = new World();
    }

    /** @return string[] "event id/order@store" of every row */
    private function rows(): array
    {
        return array_map(static function (array $row): string {
            return "{$row['event']} {$row['entity_id']}/{$row['order_id']}@{$row['store_id']}";
        }, $this->world->database->rows());
    }

    public function testANewOrderASavedOneAndACanceledOneAreToldApart(): void
    {
        $this->world->order(12, ['state' => 'new'], []);
        $this->world->order(12, ['state' => 'processing']);
        $this->world->order(12, ['state' => 'canceled']);
        $this->world->order(12, ['state' => 'canceled'], ['entity_id' => 12, 'state' => 'canceled']);

        self::assertSame(
            ['order.placed 12/0@1', 'order.updated 12/0@1', 'order.canceled 12/0@1', 'order.updated 12/0@1'],
            $this->rows()
        );
        self::assertSame('0000012', $this->world->database->rows()[0]['increment_id']);
    }

    public function testDocumentsNameTheirOrder(): void
    {
        $ids = ['entity_id' => 3, 'order_id' => 14, 'store_id' => 2, 'increment_id' => '000000003'];
        $document = new DataObject($ids);
        $track = new DataObject([
            'entity_id' => 9, 'order_id' => 14, 'shipment' => new DataObject(['store_id' => 2]),
        ]);
        $this->world->happens('sales_order_invoice_save_after', 'invoice', $document);
        $this->world->happens('sales_order_shipment_save_after', 'shipment', $document);
        $this->world->happens('sales_order_creditmemo_save_after', 'creditmemo', $document);
        $this->world->happens('sales_order_shipment_track_save_after', 'track', $track);

        self::assertSame(
            ['invoice.saved 3/14@2', 'shipment.saved 3/14@2', 'creditmemo.saved 3/14@2', 'track.saved 9/14@2'],
            $this->rows()
        );
    }

    public function testACustomersAddressAndNewsletterAreChangesOfTheCustomer(): void
    {
        $customer = new DataObject(['id' => 5, 'store_id' => 1]);
        $address = new DataObject(['customer_id' => 5, 'customer' => $customer]);
        $guest = new DataObject(['customer_id' => 0, 'store_id' => 1]);
        $this->world->happens('customer_save_after_data_object', 'customer_data_object', $customer);
        $this->world->happens('customer_address_save_after', 'customer_address', $address);
        $this->world->happens(
            'newsletter_subscriber_save_after',
            'subscriber',
            new DataObject(['customer_id' => 5, 'store_id' => 2])
        );
        $this->world->happens('newsletter_subscriber_save_after', 'subscriber', $guest);

        self::assertSame(
            ['customer.saved 5/0@1', 'customer.saved 5/0@1', 'customer.saved 5/0@2'],
            $this->rows()
        );
    }

    public function testAProductGoesToEveryHubOnce(): void
    {
        $this->world->settings[3]['active'] = '1';
        $this->world->settings[3]['hub_url'] = 'https://hub.example/hooks/three';
        $this->world->happens('catalog_product_save_after', 'product', new DataObject(['id' => 7, 'sku' => 'WS-01']));

        self::assertSame(['product.saved 7/0@1', 'product.saved 7/0@3'], $this->rows());
        self::assertSame('WS-01', $this->world->database->rows()[0]['increment_id']);
    }

    public function testStoreViewsThatAreOffWriteNothing(): void
    {
        $this->world->order(12, ['store_id' => 3]);
        $this->world->settings[1]['events'] = 'customer,product';
        $this->world->order(13);
        $this->world->settings[2]['secret'] = '';
        $this->world->order(14, ['store_id' => 2]);

        self::assertSame([], $this->rows());
    }

    public function testPlainHttpNeedsItsSetting(): void
    {
        $this->world->settings[1]['hub_url'] = 'http://hub.example/hooks/one';
        $this->world->order(12);
        self::assertSame([], $this->rows());

        $this->world->settings[1]['allow_http'] = '1';
        $this->world->order(12);
        self::assertCount(1, $this->rows());
    }

    public function testTheRowGoesWithTheTransactionOfTheSave(): void
    {
        $this->world->database->pdo->beginTransaction();
        $this->world->order(12);
        self::assertCount(1, $this->rows());
        $this->world->database->pdo->rollBack();

        self::assertSame([], $this->rows());
    }

    public function testACheckOutNeverMeetsOurFaults(): void
    {
        $this->world->database->pdo->exec('DROP TABLE shop_hub_outbox');
        $this->world->order(12, ['increment_id' => 'secret number']);
        $this->world->happens('sales_order_save_after', 'order', new DataObject([]));
        $this->world->happens('sales_order_invoice_save_after', 'shipment', new DataObject([]));
        $this->world->happens('anything_else', 'order', new DataObject([]));

        self::assertSame([], $this->world->calls);
        self::assertNotSame([], $this->world->logged);
        self::assertStringNotContainsString('secret number', implode(' ', $this->world->logged));
    }

    public function testEveryListenedEventIsUnderstood(): void
    {
        $events = simplexml_load_file(dirname(__DIR__, 2) . '/etc/events.xml');
        $facts = (string)file_get_contents(dirname(__DIR__, 2) . '/Model/Facts.php');
        foreach ($events->event as $event) {
            if (!str_ends_with((string)$event['name'], '_commit_after')) {
                self::assertStringContainsString("'{$event['name']}'", $facts);
            }
        }
    }

    public function testTheSenderIsWokenOnceAndOnlyWhereThatIsOn(): void
    {
        $queue = new class implements PublisherInterface {
            /** @var string[] */
            public array $topics = [];

            public function publish($topicName, $data)
            {
                $this->topics[] = $topicName;
                throw new RuntimeException('no queue');
            }
        };
        $observer = new Observer(new Event([]));
        (new Wake($this->world->config(), $queue, $this->world))->execute($observer);
        self::assertSame([], $queue->topics);

        $this->world->settings[0]['wake'] = '1';
        $wake = new Wake($this->world->config(), $queue, $this->world);
        $wake->execute($observer);
        $wake->execute($observer);
        self::assertSame(['hub.connector.wake'], $queue->topics);
        self::assertCount(1, $this->world->logged);
    }
}
