<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use Hub\Connector\Api\OutboxInterface;
use Magento\Framework\Exception\InputException;

class OutboxService implements OutboxInterface
{
    public function __construct(private readonly Outbox $outbox)
    {
    }

    /**
     * @inheritDoc
     */
    public function getCounts()
    {
        $counts = $this->outbox->counts();
        $oldest = $counts['oldest'];
        return [['oldest' => $oldest === null ? null : gmdate('Y-m-d\TH:i:s\Z', $oldest)] + $counts];
    }

    /**
     * @inheritDoc
     */
    public function resend($fromId = null, $since = null)
    {
        if ($fromId === null && $since === null) {
            throw new InputException(__('Give from_id or since.'));
        }
        $seconds = $since === null ? null : strtotime($since);
        if ($seconds === false) {
            throw new InputException(__('“since” must be a time such as 2026-01-15T10:00:00Z.'));
        }
        return $this->outbox->resend($fromId === null ? null : (int)$fromId, $seconds);
    }
}
