<?php

/**
 * Sends what waits for the hub. From cron, every minute:
 *
 *     * * * * * php /path/to/core/components/hubconnector/cli/flush.php >/dev/null
 *
 * Where core/ does not lie beside index.php, name the latter: php flush.php /path/to/index.php
 */

if (PHP_SAPI !== 'cli') {
    http_response_code(404);
    exit;
}

$index = isset($argv[1]) ? $argv[1] : dirname(__DIR__, 4) . '/index.php';
if (!is_file($index)) {
    fwrite(STDERR, "There is no $index. Name MODX's index.php: php flush.php /path/to/index.php\n");
    exit(1);
}

define('MODX_API_MODE', true);
require $index;
require_once dirname(__DIR__) . '/autoload.php';

$connector = \HubConnector\Modx\Connector::of($modx);
try {
    $fault = $connector->settings()->fault();
    if ($fault !== '') {
        fwrite(STDERR, "The settings of the plug-in hubconnector are not complete: $fault.\n");
        exit(1);
    }
    $sent = $connector->outbox($connector->shop())->flush(50.0, 10.0, 500);
    echo "$sent sent\n";
} catch (\Throwable $fault) {
    $connector->log($fault);
    fwrite(STDERR, 'Failed, see the MODX error log: ' . get_class($fault) . "\n");
    exit(1);
}
