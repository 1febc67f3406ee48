<?php

namespace HubConnector;

/**
 * The plug-in's settings, read once per request.
 */
final class Settings
{
    /** @var string whole hook address of the connection */
    public $hubUrl;

    /** @var string[] the newest first */
    public $secrets;

    /** @var string auto, inline or cron; see sendsAtOnce() */
    private $sendMode;

    /** @var string[] events that are sent; empty: all */
    public $events;

    /** @var string */
    public $currency;

    /** @var string g, kg or lb; empty when unknown */
    public $weightUnit;

    /** @var string[] addresses or networks that may send commands; empty: all */
    public $allowedIps;

    /** @var bool */
    public $allowsHttp;

    /** @var string with a slash at the end */
    public $shopUrl;

    /**
     * @param array<string, mixed> $values the MODX settings without "hubconnector_", and shop_url
     */
    public function __construct(array $values)
    {
        $text = function (string $name) use ($values): string {
            return isset($values[$name]) ? Format::text($values[$name]) : '';
        };
        $this->hubUrl = $text('hub_url');
        $this->secrets = array_values(array_filter([$text('secret'), $text('secret_previous')]));
        $this->sendMode = strtolower($text('send_mode'));
        $this->events = self::items($text('events'));
        $this->currency = strtoupper($text('currency'));
        $this->weightUnit = strtolower($text('weight_unit'));
        $this->allowedIps = self::items($text('site_ips'));
        $this->allowsHttp = in_array(strtolower($text('allow_http')), ['1', 'true', 'yes'], true);
        $this->shopUrl = rtrim($text('shop_url'), '/') . '/';
    }

    public function wants(string $event): bool
    {
        return $this->events === [] || in_array($event, $this->events, true);
    }

    /** Whether to send when a page is done, or to leave it to cron: nobody waits for the hub unless staff want that. */
    public function sendsAtOnce(bool $canVisitorLeave): bool
    {
        return $this->sendMode === 'inline' || ($this->sendMode !== 'cron' && $canVisitorLeave);
    }

    /** What is missing before anything can be sent, as a lexicon key; empty when nothing is. */
    public function fault(): string
    {
        if ($this->hubUrl === '') {
            return 'no_hub_url';
        }
        if (!preg_match($this->allowsHttp ? '~\Ahttps?://~i' : '~\Ahttps://~i', $this->hubUrl)) {
            return 'hub_url_not_https';
        }
        if ($this->secrets === []) {
            return 'no_secret';
        }
        try {
            new Signer($this->secrets);
        } catch (\InvalidArgumentException $malformed) {
            return 'bad_secret';
        }
        return '';
    }

    /** Host of the shop, without "www." and port. */
    public function shopHost(): string
    {
        $host = strtolower((string) parse_url($this->shopUrl, PHP_URL_HOST));
        return strncmp($host, 'www.', 4) === 0 ? substr($host, 4) : $host;
    }

    private static function items(string $text): array
    {
        return array_values(array_filter(array_map('trim', preg_split('/[\s,;]+/', $text) ?: [])));
    }
}
