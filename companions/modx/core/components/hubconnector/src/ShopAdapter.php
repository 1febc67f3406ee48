<?php

namespace HubConnector;

/**
 * What the plug-in needs from the shop's engine. Rows are plain arrays, with miniShop2's names for the columns.
 */
interface ShopAdapter
{
    /**
     * @return array{engine: string, engine_version: string, modx_version: string, warnings: array[]}
     */
    public function about(): array;

    /**
     * Orders by id, drafts left out: each {order, address, status, delivery, payment: rows; items: rows with article,
     * old_price, uri, image, modification_id, modification (a row or null); customer: as customers(), with is_manager;
     * coupons: [{source, code, amount}]; log_at; changed_at (milliseconds); is_paid; paid_at; number_first_id}.
     *
     * @param int[] $ids
     * @return array[]
     */
    public function orders(array $ids): array;

    /**
     * @param string[] $numbers
     * @return array[] as orders()
     */
    public function ordersByNumber(array $numbers): array;

    /**
     * @param array<string, int> $filter after_id, limit; created_from, created_to, updated_since in Unix seconds
     * @return int[] ids by rising id, at most limit
     */
    public function orderIds(array $filter): array;

    /**
     * Customers by id, managers left out: each {id, username, email, phone, mobile_phone, full_name, first_name,
     * last_name, company, birthday, gender, created_at, updated_at, active, blocked, address, groups, extended}.
     *
     * @param int[] $ids
     * @return array[]
     */
    public function customers(array $ids): array;

    /** @return int[] as orderIds() */
    public function customerIds(array $filter): array;

    /**
     * Products by id: columns of the page and the product, and images, vendor_name, category_ids, category_names,
     * stock, options, modifications.
     *
     * @param int[] $ids
     * @return array[]
     */
    public function products(array $ids): array;

    /** @return int[] as orderIds() */
    public function productIds(array $filter): array;

    /** @return array[] {id, parent_id, name, active} */
    public function categories(): array;

    /** @return array<string, array[]> statuses, deliveries, payments, vendors, options */
    public function dictionaries(): array;

    /** @return array{id: int, name: string}|null the order's status now; null when there is no such order */
    public function statusOf(int $orderId): ?array;

    /** Whether there is such a status, switched on. */
    public function hasStatus(int $statusId): bool;

    public function paidStatus(): int;

    public function draftStatus(): int;

    /** Whether the order is paid or has ever been. */
    public function isPaid(int $orderId): bool;

    /**
     * Keeps the CRM's number of an order as `crm_number` in its properties; with $isRewrite it becomes the order's too.
     *
     * @return bool whether anything had to be changed
     */
    public function setNumber(int $orderId, string $number, bool $isRewrite): bool;

    /**
     * Changes the status by the engine's own service, with its rules, events and messages.
     *
     * @return string empty, or why the engine refuses, in its own words
     */
    public function changeStatus(int $orderId, int $statusId, bool $isSilent): string;
}
