<?php

/**
 * Makes the plug-in's tables, and drops them when it is uninstalled.
 *
 * @var object $transport xPDOTransport
 * @var array<string, mixed> $options
 */

if (!$transport->xpdo) {
    return true;
}
$modx = $transport->xpdo;
$modx->connect();
$prefix = (string) $modx->getOption('table_prefix');
$isUninstall = (int) $options['package_action'] === 2; // xPDOTransport::ACTION_UNINSTALL

if ($isUninstall) {
    foreach (['outbox', 'changes', 'seen', 'orders'] as $table) {
        $modx->pdo->exec("DROP TABLE IF EXISTS {$prefix}hubconnector_{$table}");
    }
    return true;
}

require_once $modx->getOption('core_path') . 'components/hubconnector/autoload.php';
\HubConnector\Schema::install($modx->pdo, $prefix);
return true;
