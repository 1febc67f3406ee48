<?php

namespace HubConnector;

final class Response
{
    /** @var int */
    public $status;

    /** @var array<string, mixed> */
    public $body;

    public function __construct(int $status, array $body)
    {
        $this->status = $status;
        $this->body = $body;
    }

    /** @param array<string, mixed> $details */
    public static function refused(int $status, string $code, string $message, array $details = []): self
    {
        return new self($status, ['ok' => false, 'error' => ['code' => $code, 'message' => $message] + $details]);
    }

    public function send(): void
    {
        http_response_code($this->status);
        header('Content-Type: application/json; charset=utf-8');
        header('Cache-Control: no-store');
        header('X-Robots-Tag: noindex');
        if ($this->status === 503) {
            header('Retry-After: 60');
        }
        echo Format::json($this->body);
    }
}
