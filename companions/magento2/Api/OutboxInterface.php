<?php

declare(strict_types=1);

namespace Hub\Connector\Api;

/**
 * @api
 */
interface OutboxInterface
{
    /**
     * A list of one object: new, sent, dead, oldest.
     *
     * @return mixed[]
     */
    public function getCounts();

    /**
     * Makes rows due again, those that were sent or given up too.
     *
     * @param int|null $fromId first id of the outbox
     * @param string|null $since time with an offset, e.g. 2026-01-15T10:00:00Z
     * @return int how many
     * @throws \Magento\Framework\Exception\InputException when neither is given or the time cannot be read
     */
    public function resend($fromId = null, $since = null);
}
