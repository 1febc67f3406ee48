<?php

namespace HubConnectorTests;

/**
 * The services of miniShop2 and MiniShop3 that change a status: both answer true or an error text.
 */
final class FakeEngine
{
    /** @var string */
    public $version;

    /** @var true|string */
    public $answer = true;

    /** @var array[] */
    public $calls = [];

    public function __construct(string $version = '4.4.2-pl')
    {
        $this->version = $version;
    }

    public function initialize(string $context, array $options = []): void
    {
        $this->calls[] = ['initialize', $context];
    }

    public function changeOrderStatus($orderId, $statusId)
    {
        $this->calls[] = ['changeOrderStatus', $orderId, $statusId];
        return $this->answer;
    }

    public function change(int $orderId, int $statusId, bool $isSilent)
    {
        $this->calls[] = ['change', $orderId, $statusId, $isSilent];
        return $this->answer;
    }
}
