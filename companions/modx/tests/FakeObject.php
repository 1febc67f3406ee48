<?php

namespace HubConnectorTests;

/**
 * A row of xPDO, as far as events show it.
 */
final class FakeObject
{
    /** @var array<string, mixed> */
    private $fields;

    /** @var string[] fields that are not saved yet */
    private $dirty;

    public function __construct(array $fields, array $dirty = [])
    {
        $this->fields = $fields;
        $this->dirty = $dirty;
    }

    public function isDirty(string $name): bool
    {
        return in_array($name, $this->dirty, true);
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
