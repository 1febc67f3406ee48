<?php

/**
 * The module without Magento: stubs/ holds the smallest stand-ins of the framework's classes that it touches.
 */

declare(strict_types=1);

spl_autoload_register(function (string $class): void {
    $places = ['Hub\\Connector\\' => dirname(__DIR__), '' => __DIR__ . '/stubs'];
    foreach ($places as $prefix => $folder) {
        $file = $folder . '/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
        if (str_starts_with($class, $prefix) && is_file($file)) {
            require_once $file;
            return;
        }
    }
});

require_once __DIR__ . '/stubs/functions.php';

error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0) {
        return false; // silenced by @
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});
