<?php

namespace HubConnector;

/**
 * One call of the hub, as it came.
 */
final class Request
{
    public const MAX_BYTES = 1048576;

    /** @var string */
    public $method;

    /** @var bool */
    public $isHttps;

    /** @var string */
    public $ip;

    /** @var array<string, string> lower-case names */
    public $headers;

    /** @var string at most one byte more than allowed */
    public $body;

    public function __construct(string $method, bool $isHttps, string $ip, array $headers, string $body)
    {
        $this->method = $method;
        $this->isHttps = $isHttps;
        $this->ip = $ip;
        $this->headers = $headers;
        $this->body = $body;
    }

    /** @param array<string, mixed> $server as $_SERVER */
    public static function fromServer(array $server, string $body): self
    {
        $value = function (string $name) use ($server): string {
            return isset($server[$name]) ? (string) $server[$name] : '';
        };
        $headers = [];
        foreach (['webhook-id', 'webhook-timestamp', 'webhook-signature'] as $name) {
            $headers[$name] = $value('HTTP_' . strtoupper(str_replace('-', '_', $name)));
        }
        // A proxy in front may have ended TLS. Who can forge this header reads the line anyway.
        $isHttps = !in_array(strtolower($value('HTTPS')), ['', 'off', '0'], true)
            || $value('SERVER_PORT') === '443'
            || strtolower($value('HTTP_X_FORWARDED_PROTO')) === 'https';
        return new self($value('REQUEST_METHOD'), $isHttps, $value('REMOTE_ADDR'), $headers, $body);
    }

    /** The body, but never more of it than is needed to see that it is too large. */
    public static function readBody(string $stream = 'php://input'): string
    {
        return (string) file_get_contents($stream, false, null, 0, self::MAX_BYTES + 1);
    }
}
