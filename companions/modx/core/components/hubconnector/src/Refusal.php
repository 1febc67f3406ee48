<?php

namespace HubConnector;

/**
 * A command that is not carried out: the HTTP status, a code of PROTOCOL.md, words for people.
 */
final class Refusal extends \RuntimeException
{
    /** @var int */
    public $status;

    /** @var string */
    public $reason;

    /** @var array<string, mixed> further keys of the answer's `error` */
    public $details;

    public function __construct(int $status, string $reason, string $message, array $details = [])
    {
        parent::__construct($message);
        $this->status = $status;
        $this->reason = $reason;
        $this->details = $details;
    }
}
