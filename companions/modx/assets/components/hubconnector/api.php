<?php

/**
 * The one address that the hub sends commands to; companions/modx/PROTOCOL.md, section 2.
 */

$base = __DIR__;
while (!is_file($base . '/config.core.php') && dirname($base) !== $base) {
    $base = dirname($base);
}
if (!is_file($base . '/index.php')) {
    http_response_code(503);
    exit;
}

define('MODX_API_MODE', true);
require $base . '/index.php';
require_once MODX_CORE_PATH . 'components/hubconnector/autoload.php';

$connector = \HubConnector\Modx\Connector::of($modx);
try {
    $request = \HubConnector\Request::fromServer($_SERVER, \HubConnector\Request::readBody());
    $response = $connector->dispatcher()->handle($request);
} catch (\Throwable $fault) {
    $connector->log($fault);
    $response = \HubConnector\Response::refused(500, 'internal', 'The plug-in failed. The MODX error log says where.');
}
// What other plug-ins have printed meanwhile is no part of the answer.
while (ob_get_level() > 0) {
    ob_end_clean();
}
$response->send();
