<?php

/**
 * Loads the classes of the namespace HubConnector from src/, without Composer: a shop only copies files.
 */

spl_autoload_register(function ($class) {
    $prefix = 'HubConnector\\';
    if (strncmp($class, $prefix, strlen($prefix)) !== 0) {
        return;
    }
    $file = __DIR__ . '/src/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
    if (is_file($file)) {
        require_once $file;
    }
});
