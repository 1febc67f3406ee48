<?php

declare(strict_types=1);

namespace Magento\Sales\Model\ResourceModel\Order\Status;

class CollectionFactory
{
    public function __construct(private readonly array $statuses)
    {
    }

    public function create()
    {
        return new class ($this->statuses) extends \ArrayIterator {
            public function joinStates()
            {
                return $this;
            }
        };
    }
}
