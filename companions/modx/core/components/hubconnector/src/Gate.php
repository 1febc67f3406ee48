<?php

namespace HubConnector;

/**
 * Who may give commands: only the hub, once per call.
 */
final class Gate
{
    /** @var Settings */
    private $settings;

    /** @var Memory */
    private $memory;

    public function __construct(Settings $settings, Memory $memory)
    {
        $this->settings = $settings;
        $this->memory = $memory;
    }

    /**
     * The command in the body.
     *
     * @return array<string, mixed>
     * @throws Refusal
     */
    public function admit(Request $request, int $now): array
    {
        if ($request->method !== 'POST') {
            throw new Refusal(405, 'method', 'Commands are sent by POST.');
        }
        if (!$request->isHttps && !$this->settings->allowsHttp) {
            throw new Refusal(403, 'https', 'Commands are taken over https alone.');
        }
        if (!$this->isAllowed($request->ip)) {
            $message = 'This address is not on the shop\'s list of addresses. Add it in the settings of the plug-in.';
            throw new Refusal(403, 'ip', $message, ['ip' => $request->ip]);
        }
        if (strlen($request->body) > Request::MAX_BYTES) {
            throw new Refusal(413, 'too_large', 'A command has one megabyte at most.');
        }
        $id = $this->verified($request, $now);
        if (!$this->memory->isNew($id, $now)) {
            throw new Refusal(425, 'replay', 'This webhook-id was taken before. Repeat the call under a new one.');
        }
        $command = json_decode($request->body, true, 32);
        if (!is_array($command) || !isset($command['action']) || !is_string($command['action'])) {
            throw new Refusal(400, 'bad_request', 'The body is not a JSON object with an action.');
        }
        return $command;
    }

    private function verified(Request $request, int $now): string
    {
        try {
            $signer = new Signer($this->settings->secrets);
        } catch (\InvalidArgumentException $malformed) {
            $signer = new Signer([]);
        }
        if (!$signer->hasKey()) {
            throw new Refusal(401, 'bad_signature', 'The plug-in has no valid secret yet. Enter it in its settings.');
        }
        return $signer->verify($request->headers, $request->body, $now);
    }

    private function isAllowed(string $ip): bool
    {
        foreach ($this->settings->allowedIps as $network) {
            if (self::contains($network, $ip)) {
                return true;
            }
        }
        return $this->settings->allowedIps === [];
    }

    /** Whether the network (an address, or address/bits) holds the address; for IPv4 and IPv6. */
    public static function contains(string $network, string $ip): bool
    {
        $parts = explode('/', $network, 2);
        $base = @inet_pton($parts[0]);
        $address = @inet_pton($ip);
        if ($base === false || $address === false || strlen($base) !== strlen($address)) {
            return false;
        }
        $bits = isset($parts[1]) ? $parts[1] : (string) (8 * strlen($base));
        if (!ctype_digit($bits) || (int) $bits > 8 * strlen($base)) {
            return false;
        }
        $whole = intdiv((int) $bits, 8);
        $rest = (int) $bits % 8;
        if (strncmp($base, $address, $whole) !== 0) {
            return false;
        }
        $mask = 0xff << (8 - $rest) & 0xff;
        return $rest === 0 || (ord($base[$whole]) & $mask) === (ord($address[$whole]) & $mask);
    }
}
