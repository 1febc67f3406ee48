<?php

namespace HubConnector;

/**
 * Signatures after the Standard Webhooks scheme 1.0.0, for both directions.
 *
 * The signed text is "{id}.{timestamp}.{body}", the key is the secret without "whsec_", base64-decoded. Both sides are
 * held together by companions/signature-vectors.json.
 */
final class Signer
{
    /** Seconds that the clocks of both sides may differ. */
    public const TOLERANCE = 300;

    private const MAX_SIGNATURES = 10;

    /** @var string[] the keys as bytes, the newest first */
    private $keys = [];

    /**
     * @param string[] $secrets the newest first; empty ones are passed over
     * @throws \InvalidArgumentException when a secret has not the scheme's form; it is not repeated in the message
     */
    public function __construct(array $secrets)
    {
        foreach ($secrets as $secret) {
            if (trim($secret) !== '') {
                $this->keys[] = self::key($secret);
            }
        }
    }

    public function hasKey(): bool
    {
        return $this->keys !== [];
    }

    /**
     * The three headers; one signature per secret, so that the receiver may hold either during a rotation.
     *
     * @return array<string, string>
     */
    public function headers(string $id, int $timestamp, string $body): array
    {
        if (!$this->hasKey()) {
            throw new \InvalidArgumentException('The signing secret is not set.');
        }
        $signatures = [];
        foreach ($this->keys as $key) {
            $signatures[] = self::signature($key, $id . '.' . $timestamp . '.' . $body);
        }
        return [
            'webhook-id' => $id,
            'webhook-timestamp' => (string) $timestamp,
            'webhook-signature' => implode(' ', $signatures),
        ];
    }

    /**
     * The id of a message that one of the secrets has signed within the tolerance.
     *
     * @param array<string, string> $headers with lower-case names
     * @throws Refusal bad_signature; clock, but only when the signature is right: a stranger learns nothing
     */
    public function verify(array $headers, string $body, int $now): string
    {
        $id = isset($headers['webhook-id']) ? $headers['webhook-id'] : '';
        $timestamp = isset($headers['webhook-timestamp']) ? $headers['webhook-timestamp'] : '';
        $given = isset($headers['webhook-signature']) ? $headers['webhook-signature'] : '';
        $isWellFormed = preg_match('/\A[\x21-\x7e]{1,200}\z/', $id) && preg_match('/\A[0-9]{1,11}\z/', $timestamp);
        if (!$isWellFormed || !$this->isSigned($given, $id . '.' . $timestamp . '.' . $body)) {
            throw new Refusal(401, 'bad_signature', 'The signature is missing or wrong: compare the secrets.');
        }
        if (abs($now - (int) $timestamp) > self::TOLERANCE) {
            $time = gmdate('Y-m-d\TH:i:s\Z', $now);
            $message = "The clocks differ by more than five minutes. It is $time here: set the clock that is wrong.";
            throw new Refusal(401, 'clock', $message, ['time' => $time]);
        }
        return $id;
    }

    private function isSigned(string $given, string $text): bool
    {
        $isSigned = false;
        foreach (array_slice(explode(' ', $given), 0, self::MAX_SIGNATURES) as $signature) {
            foreach ($this->keys as $key) {
                // No early end: the time taken must not tell which secret or which signature came close.
                $isSigned = hash_equals(self::signature($key, $text), $signature) || $isSigned;
            }
        }
        return $isSigned;
    }

    private static function signature(string $key, string $text): string
    {
        return 'v1,' . base64_encode(hash_hmac('sha256', $text, $key, true));
    }

    private static function key(string $secret): string
    {
        $bare = trim($secret);
        $bare = rtrim(strncmp($bare, 'whsec_', 6) === 0 ? substr($bare, 6) : $bare, '=');
        $key = base64_decode($bare . str_repeat('=', (4 - strlen($bare) % 4) % 4), true);
        if ($key === false || strlen($key) < 24 || strlen($key) > 64) {
            throw new \InvalidArgumentException('The signing secret must be “whsec_” and 24 to 64 bytes in base64.');
        }
        return $key;
    }
}
