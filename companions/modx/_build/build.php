<?php

/**
 * Builds hubconnector-x.y.z-pl.transport.zip into core/packages/ of a MODX 2 or 3, which is only used as a tool:
 *
 *     php _build/build.php /path/to/modx/index.php
 */

if (PHP_SAPI !== 'cli' || !isset($argv[1]) || !is_file($argv[1])) {
    exit("Usage: php _build/build.php /path/to/modx/index.php\n");
}

define('MODX_API_MODE', true);
require $argv[1];
$modx->initialize('mgr');
$modx->setLogTarget('ECHO');

$root = dirname(__DIR__);
$core = $root . '/core/components/hubconnector';
$assets = $root . '/assets/components/hubconnector';
require_once $core . '/autoload.php';

// The attributes of xPDOTransport, whose class has another name in MODX 3.
$objects = 'related_objects';
$attributes = 'related_object_attributes';
$byName = ['preserve_keys' => false, 'update_object' => true, 'unique_key' => 'name'];

$builderClass = 'MODX\Revolution\Transport\modPackageBuilder';
if (!class_exists($builderClass)) {
    $modx->loadClass('transport.modPackageBuilder', '', false, true);
    $builderClass = 'modPackageBuilder';
}
$builder = new $builderClass($modx);
$builder->createPackage('hubconnector', \HubConnector\Version::PLUGIN, 'pl');
$builder->registerNamespace(
    'hubconnector',
    false,
    true,
    '{core_path}components/hubconnector/',
    '{assets_path}components/hubconnector/'
);

foreach (require __DIR__ . '/settings.php' as $key => list($value, $type, $area)) {
    $setting = $modx->newObject('modSystemSetting');
    $setting->fromArray([
        'key' => $key, 'value' => $value, 'xtype' => $type, 'area' => $area, 'namespace' => 'hubconnector',
    ], '', true, true);
    // What the shop has entered survives an update.
    $builder->putVehicle($builder->createVehicle($setting, [
        'preserve_keys' => true, 'update_object' => false, 'unique_key' => 'key',
    ]));
}

$menu = $modx->newObject('modMenu');
$menu->fromArray([
    'text' => 'hubconnector', 'parent' => 'components', 'description' => 'hubconnector.menu_desc',
    'action' => 'home', 'namespace' => 'hubconnector', 'menuindex' => 0, 'permissions' => 'settings',
], '', true, true);
$builder->putVehicle($builder->createVehicle($menu, [
    'preserve_keys' => true, 'update_object' => true, 'unique_key' => 'text',
]));

$code = function (string $file) use ($core): string {
    return trim(preg_replace('/\A<\?php/', '', (string) file_get_contents("$core/elements/$file")));
};
$plugin = $modx->newObject('modPlugin');
$plugin->fromArray([
    'name' => 'hubconnector', 'description' => 'Tells the Integration Hub what changes in the shop.',
    'plugincode' => $code('plugins/hubconnector.php'),
], '', true, true);
$events = [];
foreach (\HubConnector\Events::NAMES as $name) {
    $event = $modx->newObject('modPluginEvent');
    // Last of all plug-ins, so that what they change is in the snapshot.
    $event->fromArray(['event' => $name, 'priority' => 100, 'propertyset' => 0], '', true, true);
    $events[] = $event;
}
$plugin->addMany($events);
$snippet = $modx->newObject('modSnippet');
$snippet->fromArray([
    'name' => 'hubLead', 'description' => 'FormIt hook: sends what was entered to the Integration Hub.',
    'snippet' => $code('snippets/hublead.php'),
], '', true, true);
$category = $modx->newObject('modCategory');
$category->fromArray(['id' => 1, 'category' => 'hubconnector', 'parent' => 0], '', true, true);
$category->addMany([$plugin], 'Plugins');
$category->addMany([$snippet], 'Snippets');

$vehicle = $builder->createVehicle($category, [
    'preserve_keys' => false,
    'update_object' => true,
    'unique_key' => 'category',
    $objects => true,
    $attributes => [
        'Snippets' => $byName,
        'Plugins' => $byName + [
            $objects => true,
            $attributes => [
                'PluginEvents' => [
                    'preserve_keys' => true, 'update_object' => true, 'unique_key' => ['pluginid', 'event'],
                ],
            ],
        ],
    ],
]);
$vehicle->resolve('file', ['source' => $core, 'target' => "return MODX_CORE_PATH . 'components/';"]);
$vehicle->resolve('file', ['source' => $assets, 'target' => "return MODX_ASSETS_PATH . 'components/';"]);
$vehicle->resolve('php', ['source' => __DIR__ . '/resolvers/tables.php']);
$builder->putVehicle($vehicle);

$builder->setPackageAttributes([
    'license' => file_get_contents("$core/docs/license.txt"),
    'readme' => file_get_contents("$core/docs/readme.txt"),
    'changelog' => file_get_contents("$core/docs/changelog.txt"),
]);
echo $builder->pack() ? "Built. See core/packages of that MODX.\n" : "Failed.\n";
