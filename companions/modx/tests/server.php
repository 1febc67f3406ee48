<?php

/**
 * The plug-in around a shop in memory, over real HTTP, for the hub's own tests:
 *
 *     FOLDER=... HUB_URL=http://127.0.0.1:... php -S 127.0.0.1:... server.php
 *
 * POST /orders {"id": 15} is a check-out; everything else is a command of the hub. Between two requests the shop and
 * its outbox live in files of FOLDER, as they live in a database otherwise.
 */

use HubConnector\CurlTransport;
use HubConnector\Outbox;
use HubConnector\Request;
use HubConnector\Signer;
use HubConnectorTests\FakeShop;
use HubConnectorTests\World;

require __DIR__ . '/bootstrap.php';

$folder = (string) getenv('FOLDER');
$hubUrl = (string) getenv('HUB_URL');
$world = new World(['allow_http' => '1', 'hub_url' => $hubUrl], "$folder/outbox.sqlite");
$world->clock->now = microtime(true);
if (is_file("$folder/shop")) {
    $world->shop = unserialize((string) file_get_contents("$folder/shop"), ['allowed_classes' => [FakeShop::class]]);
}
$world->shop->onChange = function (int $id) use ($world): string {
    $world->changes->note('order.status', $id);
    return '';
};

$request = Request::fromServer($_SERVER, Request::readBody());
if ($_SERVER['REQUEST_URI'] === '/orders') {
    $id = (int) json_decode($request->body, true)['id'];
    $world->shop->addOrder($id);
    $world->changes->note('order.created', $id);
    echo '{"success":true}';
} else {
    $world->send($request)->send();
}

$world->record();
$signer = new Signer($world->settings->secrets);
$about = $world->shop->about();
$now = function (): float {
    return microtime(true);
};
(new Outbox($world->storage, new CurlTransport(true), $signer, $world->settings, $about, $now))->flushInline();
$world->shop->onChange = null; // no function can be kept in a file
file_put_contents("$folder/shop", serialize($world->shop));
