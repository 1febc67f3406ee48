<?php

declare(strict_types=1);

namespace Hub\Connector\Observer;

use Hub\Connector\Model\Config;
use Magento\Framework\Event\Observer;
use Magento\Framework\Event\ObserverInterface;
use Magento\Framework\MessageQueue\PublisherInterface;
use Psr\Log\LoggerInterface;
use Throwable;

/**
 * Wakes the sender when an order is committed, where that is switched on; once per request, since one message will do.
 */
class Wake implements ObserverInterface
{
    private const TOPIC = 'hub.connector.wake';

    private bool $isDone = false;

    public function __construct(
        private readonly Config $config,
        private readonly PublisherInterface $publisher,
        private readonly LoggerInterface $logger
    ) {
    }

    /**
     * @inheritDoc
     */
    public function execute(Observer $observer)
    {
        try {
            if (!$this->isDone && $this->config->isWoken()) {
                $this->isDone = true;
                $this->publisher->publish(self::TOPIC, 'go');
            }
        } catch (Throwable $fault) {
            $this->logger->error('Hub_Connector: the sender was not woken: ' . get_class($fault));
        }
    }
}
