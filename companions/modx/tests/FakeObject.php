<?php

namespace HubConnectorTests;

/**
 * A row of xPDO, as far as events show it.
 */
final class FakeObject
{
    /** @var array<string, mixed> */
    private $fields;

    public function __construct(array $fields)
    {
        $this->fields = $fields;
    }

    public function get(string $name)
    {
        return isset($this->fields[$name]) ? $this->fields[$name] : null;
    }

    public function toArray(): array
    {
        return $this->fields;
    }
}
