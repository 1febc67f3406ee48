<?php

declare(strict_types=1);

namespace Magento\Payment\Api;

interface PaymentMethodListInterface
{
    public function getActiveList($storeId);
}
