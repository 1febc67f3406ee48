<?php

/**
 * Plug-in hubconnector: tells the hub what changes in the shop.
 *
 * It returns nothing and prints nothing: miniShop takes any text from a plug-in for an error and stops the check-out.
 *
 * @var object $modx modX
 * @var array<string, mixed> $scriptProperties
 */

$hubconnector = $modx->getOption('hubconnector_core_path', null, MODX_CORE_PATH . 'components/hubconnector/');
ob_start(); // A notice of PHP would be taken for an error too.
try {
    if (is_file($hubconnector . 'autoload.php')) {
        require_once $hubconnector . 'autoload.php';
        \HubConnector\Modx\Connector::of($modx)->note($modx->event->name, $scriptProperties);
    }
} catch (\Throwable $fault) { // a file is missing, e.g. in the middle of an update
    $modx->log(1, '[hubconnector] ' . get_class($fault));
}
ob_end_clean();
