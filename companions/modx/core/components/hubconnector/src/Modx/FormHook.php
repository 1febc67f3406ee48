<?php

namespace HubConnector\Modx;

use HubConnector\Lead;

/**
 * What the snippet hubLead does. Never fails: the visitor's form is more important.
 */
final class FormHook
{
    /**
     * @param object $modx modX
     * @param object $hook fiHooks of FormIt
     * @param array<string, mixed> $properties of the FormIt call
     */
    public static function run($modx, $hook, array $properties): void
    {
        $connector = Connector::of($modx);
        try {
            $text = function (string $name) use ($properties): string {
                return isset($properties[$name]) && is_scalar($properties[$name]) ? (string) $properties[$name] : '';
            };
            $about = [
                'form' => $text('hubLeadForm') ?: $text('formName'),
                'title' => $text('hubLeadTitle') ?: $text('formName'),
                'page' => self::page($modx),
            ];
            $names = self::names($text('hubLeadFields'));
            $connector->noteLead(Lead::build($hook->getValues(), $names, $about, $_GET, microtime(true)));
        } catch (\Throwable $fault) {
            $connector->log($fault);
        }
    }

    /** @return array<string, string> field of the lead => field of the form */
    public static function names(string $text): array
    {
        $names = [];
        foreach (explode(',', $text) as $pair) {
            $parts = array_map('trim', explode('==', $pair, 2));
            if (count($parts) === 2 && $parts[0] !== '' && $parts[1] !== '') {
                $names[$parts[0]] = $parts[1];
            }
        }
        return $names;
    }

    private static function page($modx): string
    {
        return isset($modx->resource) && is_object($modx->resource)
            ? (string) $modx->makeUrl($modx->resource->get('id'), '', '', 'full')
            : '';
    }
}
