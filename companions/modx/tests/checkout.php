<?php

/**
 * A check-out of miniShop2 in a process of its own, for CheckoutTest: php checkout.php DATABASE HUB_URL [fault]
 *
 * It ends as check-outs do: with the shop's answer and die().
 */

use HubConnector\Schema;
use HubConnectorTests\FakeEngine;
use HubConnectorTests\FakeModx;
use HubConnectorTests\FakeObject;
use HubConnectorTests\ShopDatabase;
use HubConnectorTests\World;

require __DIR__ . '/bootstrap.php';
restore_error_handler();
ini_set('display_errors', '1');
define('MODX_CORE_PATH', dirname(__DIR__) . '/core/');

$file = new PDO('sqlite:' . $argv[1]);
Schema::install($file, 'modx_');
$pdo = ShopDatabase::pdo('ms2_');
foreach (Schema::tables('modx_') as $table) {
    $pdo->exec("DROP TABLE $table"); // those of the file take their place
}
$pdo->exec("ATTACH DATABASE '{$argv[1]}' AS outbox");
$modx = new FakeModx($pdo, [
    'hubconnector_hub_url' => $argv[2], 'hubconnector_secret' => World::SECRET, 'hubconnector_allow_http' => '1',
    'hubconnector_send_mode' => isset($argv[3]) && $argv[3] === 'auto' ? 'auto' : 'inline',
]);
$modx->miniShop2 = new FakeEngine();
$modx->event = new stdClass();
$fault = isset($argv[3]) ? $argv[3] : '';
if ($fault === 'missing files') {
    $modx->options['hubconnector_core_path'] = __DIR__ . '/missing/';
} elseif ($fault === 'half of the files') {
    mkdir("$argv[1].d");
    copy(MODX_CORE_PATH . 'components/hubconnector/autoload.php', "$argv[1].d/autoload.php");
    class_exists(FakeObject::class); // the test's own classes stay
    foreach (spl_autoload_functions() as $loader) {
        spl_autoload_unregister($loader);
    }
    $modx->options['hubconnector_core_path'] = "$argv[1].d/";
} elseif ($fault === 'no tables') {
    $pdo->exec('DETACH DATABASE outbox');
} elseif ($fault === 'broken shop') {
    $pdo->exec('DROP TABLE modx_ms2_order_products');
} elseif ($fault === 'no database') {
    $modx->options['table_prefix'] = 'nowhere_';
} elseif ($fault === 'bad secret') {
    $modx->options['hubconnector_secret'] = 'short';
}

/** As modPlugin::process(): whatever it gives back or prints stops the check-out. */
function plugin($modx, string $event, array $scriptProperties)
{
    $modx->event->name = $event;
    ob_start();
    $returned = (function () use ($modx, $scriptProperties) {
        extract($scriptProperties);
        return include MODX_CORE_PATH . 'components/hubconnector/elements/plugins/hubconnector.php';
    })();
    return ($returned === 1 ? '' : var_export($returned, true)) . ob_get_clean();
}

$order = new FakeObject(['id' => 15, 'status' => 1, 'num' => '2601/15']);
$said = plugin($modx, 'OnUserSave', ['user' => new FakeObject(['id' => 77])])
    . plugin($modx, 'msOnCreateOrder', ['msOrder' => $order])
    . plugin($modx, 'msOnChangeOrderStatus', ['order' => $order, 'status' => 1])
    . plugin($modx, 'msOnChangeOrderStatus', ['order' => 'no object at all']);
register_shutdown_function(function () use ($modx): void {
    register_shutdown_function(function () use ($modx): void {
        register_shutdown_function(function () use ($modx): void {
            fwrite(STDERR, implode("\n", $modx->logged));
        });
    });
});
echo '{"success":' . ($said === '' ? 'true' : json_encode($said)) . '}';
die();
