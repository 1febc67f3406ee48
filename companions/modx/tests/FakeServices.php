<?php

namespace HubConnectorTests;

/**
 * The container of MODX 3.
 */
final class FakeServices
{
    /** @var array<string, object> */
    private $services;

    public function __construct(array $services)
    {
        $this->services = $services;
    }

    public function has(string $name): bool
    {
        return isset($this->services[$name]);
    }

    public function get(string $name)
    {
        return $this->services[$name];
    }
}
