<?php

namespace HubConnectorTests;

use HubConnector\Changes;
use HubConnector\Events;
use PHPUnit\Framework\TestCase;

final class EventsTest extends TestCase
{
    private function noted(array $events, bool $hasCustomers = false): array
    {
        $changes = new Changes(new Clock());
        foreach ($events as list($name, $params)) {
            Events::note($changes, $name, $params, 999, $hasCustomers);
        }
        $noted = [];
        foreach ($changes->take() as $change) {
            $noted[] = $change['event'] . ' ' . $change['id'];
        }
        return $noted;
    }

    private static function order(int $status = 1): FakeObject
    {
        return new FakeObject(['id' => 15, 'status' => $status, 'num' => '2601/15']);
    }

    public function testACheckOutIsOneCreation(): void
    {
        // The handler comes as `order` in msOnCreateOrder, the order itself in msOnChangeOrderStatus.
        $handler = new \stdClass();

        self::assertSame(['customer.saved 77', 'order.created 15'], $this->noted([
            ['OnUserSave', ['user' => new FakeObject(['id' => 77]), 'mode' => 'new']],
            ['msOnSaveOrder', ['object' => self::order(0), 'msOrder' => self::order(0), 'mode' => 'new']],
            ['msOnCreateOrder', ['msOrder' => self::order(0), 'order' => $handler]],
            ['msOnSaveOrder', ['object' => self::order(1), 'mode' => 'upd']],
            ['msOnChangeOrderStatus', ['order' => self::order(1), 'status' => 1]],
        ]));
    }

    public function testCartsKeptInTheDatabaseAreNoOrders(): void
    {
        self::assertSame([], $this->noted([
            ['msOnSaveOrder', ['object' => self::order(999), 'mode' => 'upd']],
            ['msOnSaveOrder', ['object' => self::order(0), 'mode' => 'new']],
            ['msOnRemoveOrder', ['object' => self::order(999)]],
        ]));
    }

    public function testLineEditsAreUpdatesOfTheirOrder(): void
    {
        $line = new FakeObject(['id' => 31, 'order_id' => 15]);

        self::assertSame(['order.updated 15'], $this->noted([
            ['msOnChangeOrderStatus', ['order' => self::order(2)]],
            ['msOnUpdateOrderProduct', ['object' => $line]],
            ['msOnRemoveOrderProduct', ['object' => $line]],
        ]));
    }

    public function testARemovalIsNotUndoneByALaterSave(): void
    {
        self::assertSame(['order.removed 15'], $this->noted([
            ['msOnUpdateOrder', ['object' => self::order()]],
            ['msOnRemoveOrder', ['object' => self::order()]],
            ['msOnSaveOrder', ['object' => self::order()]],
        ]));
    }

    public function testPagesThatAreNoProductsAreLeftAlone(): void
    {
        $page = new FakeObject(['id' => 1, 'class_key' => 'modDocument']);
        $product = new FakeObject(['id' => 137, 'class_key' => 'msProduct']);
        $third = new FakeObject(['id' => 138, 'class_key' => 'MiniShop3\\Model\\msProduct']);

        self::assertSame(['product.saved 137', 'product.saved 138', 'product.removed 140'], $this->noted([
            ['OnDocFormSave', ['resource' => $page]],
            ['OnDocFormSave', ['resource' => $product]],
            ['OnResourceUndelete', ['resource' => $third]],
            ['OnEmptyTrash', ['resources' => [$page, new FakeObject(['id' => 140, 'class_key' => 'msProduct'])]]],
            ['OnEmptyTrash', ['ids' => [5]]],
            ['OnResourceDelete', ['resource' => $page]],
        ]));
    }

    public function testInMiniShop3CustomersAreNoUsers(): void
    {
        self::assertSame(['customer.saved 8'], $this->noted([
            ['OnUserSave', ['user' => new FakeObject(['id' => 77])]],
            ['msOnCreateCustomer', ['msCustomer' => new FakeObject(['id' => 8])]],
        ], true));
    }

    public function testAProfileThatTheBuyerChangesIsTheCustomersAndASignInIsNone(): void
    {
        $profile = ['id' => 901, 'internalKey' => 77];

        self::assertSame([], $this->noted([
            ['OnUserProfileBeforeSave', ['userprofile' => new FakeObject($profile, ['logincount', 'lastlogin'])]],
            ['OnUserProfileBeforeSave', ['userprofile' => new FakeObject(['internalKey' => 0], ['email'])]],
        ]));
        $event = ['OnUserProfileBeforeSave', ['userprofile' => new FakeObject($profile, ['mobilephone'])]];
        self::assertSame(['customer.saved 77'], $this->noted([$event]));
        self::assertSame([], $this->noted([$event], true));
    }

    public function testEventsWithoutTheirObjectSayNothing(): void
    {
        foreach (Events::NAMES as $name) {
            self::assertSame([], $this->noted([[$name, []], [$name, ['order' => null, 'object' => 'x', 'user' => 5]]]));
        }
    }
}
