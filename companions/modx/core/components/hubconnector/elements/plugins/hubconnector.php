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
if (is_file($hubconnector . 'autoload.php')) {
    require_once $hubconnector . 'autoload.php';
    \HubConnector\Modx\Connector::of($modx)->note($modx->event->name, $scriptProperties);
}
