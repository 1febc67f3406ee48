<?php

declare(strict_types=1);

namespace Hub\Connector\Observer;

use Hub\Connector\Model\Clock;
use Hub\Connector\Model\Config;
use Hub\Connector\Model\Facts;
use Hub\Connector\Model\Outbox;
use Magento\Framework\DataObject\IdentityGeneratorInterface;
use Magento\Framework\Event\Observer;
use Magento\Framework\Event\ObserverInterface;
use Psr\Log\LoggerInterface;
use Throwable;

/**
 * Writes down that something has happened, in the transaction in which it happens. Calls nobody, never throws.
 */
class Enqueue implements ObserverInterface
{
    public function __construct(
        private readonly Facts $facts,
        private readonly Config $config,
        private readonly Outbox $outbox,
        private readonly IdentityGeneratorInterface $identity,
        private readonly Clock $clock,
        private readonly LoggerInterface $logger
    ) {
    }

    /**
     * @inheritDoc
     */
    public function execute(Observer $observer)
    {
        try {
            $fact = $this->facts->fromEvent($observer->getEvent());
            if ($fact === null) {
                return;
            }
            foreach ($this->config->storesFor($fact->entityType, $fact->storeId) as $storeId) {
                $this->outbox->add($fact, $storeId, $this->identity->generateId(), $this->clock->now());
            }
        } catch (Throwable $fault) {
            // Its message may name what was saved.
            $where = basename($fault->getFile()) . ':' . $fault->getLine();
            $this->logger->error('Hub_Connector: an event was not written down: ' . get_class($fault) . " at $where");
        }
    }
}
