<?php

namespace HubConnector;

/**
 * What a visitor wrote into a form, as PROTOCOL.md has a lead.
 */
final class Lead
{
    /** Names that forms commonly use, tried in this order when the form's owner names none. */
    private const GUESSES = [
        'name' => ['name', 'fullname', 'full_name', 'fio', 'contact', 'first_name', 'receiver'],
        'email' => ['email', 'e-mail', 'mail'],
        'phone' => ['phone', 'tel', 'telephone', 'mobile', 'mobilephone'],
        'comment' => ['comment', 'message', 'text', 'question', 'msg'],
    ];

    /** Never leaves the shop: passwords, cards, spam traps, buttons, tokens. */
    private const PRIVATE_FIELD = '/pass|token|csrf|captcha|nospam|workemail|card|cvv|cvc|iban|submit|button|^af_'
        . '|^formit/i';

    private const MAX_LENGTH = 5000;
    private const MAX_FIELDS = 100;

    /**
     * @param array<string, mixed> $values of the form
     * @param array<string, string> $names field of the lead => field of the form, as the form's owner says
     * @param array<string, string> $about form, title, page
     * @param array<string, mixed> $query parameters of the page's address, for utm_...
     * @return array<string, mixed>
     */
    public static function build(array $values, array $names, array $about, array $query, float $clock): array
    {
        $lead = ['id' => Format::uuid(), 'form' => '', 'title' => '', 'page' => ''];
        foreach (['form', 'title', 'page'] as $key) {
            $lead[$key] = self::clip(isset($about[$key]) ? $about[$key] : '');
        }
        $used = [];
        foreach (self::GUESSES as $key => $guesses) {
            $lead[$key] = '';
            foreach (isset($names[$key]) ? [$names[$key]] : $guesses as $field) {
                if ($lead[$key] === '' && isset($values[$field]) && is_scalar($values[$field])) {
                    $lead[$key] = self::clip($values[$field]);
                    $used[] = $field;
                }
            }
        }
        $rest = array_diff_key($values, array_flip($used));
        $lead['utm'] = Format::map(self::utm($rest + $query));
        $lead['fields'] = Format::map(self::fields($rest));
        $lead['created_at'] = Format::moment($clock);
        return $lead;
    }

    private static function utm(array $values): array
    {
        $found = [];
        foreach ($values as $key => $value) {
            if (preg_match('/\Autm_[a-z_]{1,30}\z/', (string) $key) && is_scalar($value) && (string) $value !== '') {
                $found[$key] = self::clip($value);
            }
        }
        return $found;
    }

    private static function fields(array $values): array
    {
        $kept = [];
        foreach ($values as $key => $value) {
            $isFile = is_array($value) && isset($value['tmp_name']);
            if ($isFile || preg_match(self::PRIVATE_FIELD, (string) $key) || strncmp((string) $key, 'utm_', 4) === 0) {
                continue;
            }
            $text = is_array($value) ? implode(', ', array_filter($value, 'is_scalar')) : (string) $value;
            if ($text !== '' && count($kept) < self::MAX_FIELDS) {
                $kept[$key] = self::clip($text);
            }
        }
        return $kept;
    }

    private static function clip($value): string
    {
        return trim(mb_substr(strip_tags((string) $value), 0, self::MAX_LENGTH));
    }
}
