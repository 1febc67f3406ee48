<?php

declare(strict_types=1);

namespace Magento\Framework\HTTP\Client;

class CurlFactory
{
    public function __construct(private readonly object $curl)
    {
    }

    public function create()
    {
        return $this->curl;
    }
}
