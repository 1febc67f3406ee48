<?php

namespace HubConnectorTests;

/**
 * As much of modX as the adapters and the wiring ask for.
 */
final class FakeModx
{
    /** @var array<string, mixed> */
    public $options;

    /** @var \PDO|null there after connect() */
    public $pdo;

    /** @var FakeServices|null MODX 3 */
    public $services;

    /** @var object|null miniShop2 */
    public $miniShop2;

    /** @var object|null modSystemEvent */
    public $event;

    /** @var string[] */
    public $logged = [];

    /** @var \PDO */
    private $database;

    public function __construct(\PDO $database, array $options = [])
    {
        $this->database = $database;
        $this->options = $options + [
            'table_prefix' => 'modx_', 'site_url' => 'https://shop.example/', 'settings_version' => '2.8.6-pl',
        ];
    }

    public function connect(): bool
    {
        $this->pdo = $this->database;
        return true;
    }

    public function getOption($key, $options = null, $default = null)
    {
        return isset($this->options[$key]) ? $this->options[$key] : $default;
    }

    public function getService($name)
    {
        return $name === 'miniShop2' ? $this->miniShop2 : null;
    }

    public function log($level, $message): void
    {
        $this->logged[] = $message;
    }

    public function lexicon($key): string
    {
        return "[$key]";
    }
}
