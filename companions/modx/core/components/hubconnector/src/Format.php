<?php

namespace HubConnector;

/**
 * How values are written on the wire: PROTOCOL.md, "Common to both directions".
 */
final class Format
{
    private const JSON = JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR;

    /**
     * JSON. Broken UTF-8 is replaced: an order with a strange byte in its comment still goes out.
     *
     * @param mixed $value
     */
    public static function json($value): string
    {
        return (string) json_encode($value, self::JSON | JSON_UNESCAPED_UNICODE);
    }

    /**
     * JSON in plain ASCII, for the database: MODX may speak three-byte UTF-8 with it, which has no room for an emoji.
     *
     * @param mixed $value
     */
    public static function asciiJson($value): string
    {
        return (string) json_encode($value, self::JSON);
    }

    /**
     * An object that PHP keeps as an array: empty, it must not become a list.
     *
     * @param array<string, mixed> $value
     * @return array<string, mixed>|\stdClass
     */
    public static function map(array $value)
    {
        return $value === [] ? new \stdClass() : $value;
    }

    /**
     * An amount as text with two places and a dot; anything that is no number is 0.00.
     *
     * @param mixed $value
     */
    public static function money($value): string
    {
        return number_format(self::number($value), 2, '.', '');
    }

    /**
     * A weight as text with a dot, without trailing zeros.
     *
     * @param mixed $value
     */
    public static function weight($value): string
    {
        $text = number_format(self::number($value), 3, '.', '');
        return rtrim(rtrim($text, '0'), '.');
    }

    /**
     * A number of pieces: whole where it is whole.
     *
     * @param mixed $value
     * @return int|float
     */
    public static function count($value)
    {
        $number = self::number($value);
        return $number === floor($number) ? (int) $number : $number;
    }

    /**
     * A number as staff may have typed it: "1 450,50"; 0 for anything that is none.
     *
     * @param mixed $value
     */
    public static function number($value): float
    {
        $text = str_replace([' ', "\xc2\xa0"], '', (string) $value);
        return (float) str_replace(',', '.', $text);
    }

    /**
     * A time of the shop with its offset, or null. Database times have no zone: they are in PHP's default one.
     *
     * @param mixed $value "2026-01-15 10:00:00", Unix seconds, or something empty
     */
    public static function time($value): ?string
    {
        $text = trim((string) $value);
        if ($text === '' || $text === '0' || strncmp($text, '0000-00-00', 10) === 0) {
            return null;
        }
        $seconds = ctype_digit($text) ? (int) $text : strtotime($text);
        return $seconds === false ? null : date('Y-m-d\TH:i:sP', $seconds);
    }

    /** The server's clock with milliseconds. */
    public static function moment(float $clock): string
    {
        $milliseconds = (int) round($clock * 1000);
        $seconds = intdiv($milliseconds, 1000);
        return date('Y-m-d\TH:i:s', $seconds) . sprintf('.%03d', $milliseconds % 1000) . date('P', $seconds);
    }

    /**
     * @param mixed $value
     */
    public static function text($value): string
    {
        return is_scalar($value) ? trim((string) $value) : '';
    }

    /**
     * A JSON column, whether the model has decoded it or not.
     *
     * @param mixed $value
     * @return array<mixed>
     */
    public static function decoded($value): array
    {
        if (is_array($value)) {
            return $value;
        }
        $decoded = is_string($value) ? json_decode($value, true) : null;
        return is_array($decoded) ? $decoded : [];
    }

    /** An address of a page or a picture, made absolute. */
    public static function url(string $path, string $shopUrl): string
    {
        if ($path === '' || preg_match('~\Ahttps?://~i', $path)) {
            return $path;
        }
        return rtrim($shopUrl, '/') . '/' . ltrim($path, '/');
    }

    public static function uuid(): string
    {
        $bytes = random_bytes(16);
        $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x40);
        $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);
        return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
    }
}
