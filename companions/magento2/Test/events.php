<?php

/**
 * Prints what the module sends for one of everything, for the hub's own tests: [{url, headers, body}, ...]
 */

declare(strict_types=1);

use Hub\Connector\Test\Unit\World;
use Magento\Framework\DataObject;

require __DIR__ . '/bootstrap.php';

$world = new World();
$world->now = time();
$ids = ['entity_id' => 3, 'order_id' => 14, 'store_id' => 1, 'increment_id' => '000000003'];
$track = ['entity_id' => 9, 'order_id' => 14, 'shipment' => new DataObject($ids)];
$world->order(12, [], []);
$world->order(13, ['state' => 'canceled']);
$world->happens('sales_order_invoice_save_after', 'invoice', new DataObject($ids));
$world->happens('sales_order_shipment_save_after', 'shipment', new DataObject($ids));
$world->happens('sales_order_creditmemo_save_after', 'creditmemo', new DataObject($ids));
$world->happens('sales_order_shipment_track_save_after', 'track', new DataObject($track));
$customer = new DataObject(['id' => 5, 'store_id' => 1]);
$world->happens('customer_save_after_data_object', 'customer_data_object', $customer);
$world->happens('catalog_product_save_after', 'product', new DataObject(['id' => 7, 'sku' => 'Кружка “S/M”']));
$world->sender()->send();
$world->sender()->test(1);
echo json_encode($world->calls);
