<?php

namespace HubConnector;

/**
 * What an event of MODX or miniShop says has changed. It only notes: nothing is read, sent, returned or printed, since
 * miniShop takes whatever a plug-in returns or prints for an error and stops the check-out.
 */
final class Events
{
    /** The events that the plug-in listens to. */
    public const NAMES = [
        'msOnCreateOrder', 'msOnMgrCreateOrder', 'msOnUpdateOrder', 'msOnSaveOrder', 'msOnChangeOrderStatus',
        'msOnRemoveOrder', 'msOnCreateOrderProduct', 'msOnUpdateOrderProduct', 'msOnRemoveOrderProduct',
        'msOnCreateCustomer', 'msOnUpdateCustomer', 'msOnCustomerCreate', 'msOnCustomerUpdate',
        'OnUserSave', 'OnUserProfileBeforeSave',
        'OnDocFormSave', 'OnResourceDelete', 'OnResourceUndelete', 'OnEmptyTrash',
    ];

    private const ORDER_EVENTS = [
        'msOnCreateOrder' => 'order.created', 'msOnMgrCreateOrder' => 'order.created',
        'msOnUpdateOrder' => 'order.updated', 'msOnChangeOrderStatus' => 'order.status',
        'msOnRemoveOrder' => 'order.removed', 'msOnSaveOrder' => 'order.updated',
    ];

    /** What the hub is told of a profile; see UserReader. */
    private const PERSONAL = [
        'email', 'phone', 'mobilephone', 'fullname', 'dob', 'gender', 'blocked', 'extended', 'country', 'zip', 'state',
        'city', 'address',
    ];

    /**
     * @param array<string, mixed> $params of the event
     * @param bool $hasCustomers the engine keeps customers of its own (MiniShop3), so users are none
     */
    public static function note(Changes $changes, string $name, array $params, int $draft, bool $hasCustomers): void
    {
        if (isset(self::ORDER_EVENTS[$name])) {
            self::order($changes, $name, self::first($params, ['msOrder', 'order', 'object']), $draft);
        } elseif (strpos($name, 'OrderProduct') !== false) {
            $line = self::first($params, ['object', 'msOrderProduct']);
            if ($line !== null && $line->get('order_id')) {
                $changes->note('order.updated', (int) $line->get('order_id'));
            }
        } elseif (strpos($name, 'Customer') !== false) {
            self::customer($changes, self::first($params, ['msCustomer', 'customer', 'object']));
        } elseif ($name === 'OnUserSave' && !$hasCustomers) {
            self::customer($changes, self::first($params, ['user', 'object']));
        } elseif ($name === 'OnUserProfileBeforeSave' && !$hasCustomers) {
            self::profile($changes, self::first($params, ['userprofile', 'object']));
        } elseif ($name === 'OnEmptyTrash') {
            $pages = isset($params['resources']) && is_array($params['resources']) ? $params['resources'] : [];
            foreach ($pages as $page) {
                self::product($changes, 'product.removed', $page);
            }
        } elseif ($name === 'OnDocFormSave' || $name === 'OnResourceUndelete') {
            self::product($changes, 'product.saved', self::first($params, ['resource']));
        } elseif ($name === 'OnResourceDelete') {
            self::product($changes, 'product.removed', self::first($params, ['resource']));
        }
    }

    /**
     * @param object|null $order
     */
    private static function order(Changes $changes, string $name, $order, int $draft): void
    {
        if ($order === null || !$order->get('id')) {
            return;
        }
        $status = (int) ($order->get('status') ?: $order->get('status_id'));
        $isDraft = $status === 0 || $status === $draft;
        // Carts kept in the database are saved at every click and thrown away by the thousand.
        if ($isDraft && in_array($name, ['msOnSaveOrder', 'msOnRemoveOrder'], true)) {
            return;
        }
        $event = self::ORDER_EVENTS[$name];
        $data = $event === 'order.removed' ? ['number' => Format::text($order->get('num'))] : [];
        $changes->note($event, (int) $order->get('id'), $data);
    }

    /**
     * @param object|null $customer
     */
    private static function customer(Changes $changes, $customer): void
    {
        if ($customer !== null && $customer->get('id')) {
            $changes->note('customer.saved', (int) $customer->get('id'));
        }
    }

    /**
     * A buyer's own page saves the profile alone. So does every sign-in, with its counters, which is no change; what is
     * different is known before the save only.
     *
     * @param object|null $profile
     */
    private static function profile(Changes $changes, $profile): void
    {
        if ($profile === null || !$profile->get('internalKey')) {
            return; // of a new user, whose own event comes
        }
        $isChanged = array_filter(self::PERSONAL, function (string $field) use ($profile): bool {
            return !method_exists($profile, 'isDirty') || $profile->isDirty($field);
        });
        if ($isChanged !== []) {
            $changes->note('customer.saved', (int) $profile->get('internalKey'));
        }
    }

    /**
     * @param object|mixed $page
     */
    private static function product(Changes $changes, string $event, $page): void
    {
        $isProduct = is_object($page) && preg_match('/(\A|\\\\)msProduct\z/', (string) $page->get('class_key'));
        if ($isProduct && $page->get('id')) {
            $changes->note($event, (int) $page->get('id'));
        }
    }

    /**
     * The first parameter that is an object with fields; handlers of the engine come under the same names.
     *
     * @return object|null
     */
    private static function first(array $params, array $names)
    {
        foreach ($names as $name) {
            if (isset($params[$name]) && is_object($params[$name]) && $params[$name] instanceof \ArrayAccess) {
                return $params[$name];
            }
            if (isset($params[$name]) && is_object($params[$name]) && method_exists($params[$name], 'toArray')) {
                return $params[$name];
            }
        }
        return null;
    }
}
