<?php

declare(strict_types=1);

namespace Magento\Framework\App;

use Magento\Framework\DB\Adapter\AdapterInterface;

class ResourceConnection
{
    public function __construct(private readonly AdapterInterface $adapter)
    {
    }

    public function getConnection()
    {
        return $this->adapter;
    }

    public function getTableName($name)
    {
        return "shop_$name";
    }
}
