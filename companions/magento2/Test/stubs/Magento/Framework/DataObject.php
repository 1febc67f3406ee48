<?php

declare(strict_types=1);

namespace Magento\Framework;

class DataObject
{
    public function __construct(private array $data = [])
    {
    }

    public function getData($key = '')
    {
        return $this->data[$key] ?? null;
    }

    public function __call($method, $arguments)
    {
        $key = strtolower((string)preg_replace('/(?<=[a-z])[A-Z]/', '_$0', substr($method, 3)));
        return $this->getData($key);
    }
}
