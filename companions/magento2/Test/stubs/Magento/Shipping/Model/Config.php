<?php

declare(strict_types=1);

namespace Magento\Shipping\Model;

class Config
{
    public function __construct(private readonly array $carriers)
    {
    }

    public function getActiveCarriers($store = null)
    {
        return $this->carriers;
    }
}
