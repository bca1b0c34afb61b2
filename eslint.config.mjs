// The packages live under .dev (see package.json); nothing of Node is in the repository itself.
import js from "./.dev/node/node_modules/@eslint/js/src/index.js";
import globals from "./.dev/node/node_modules/globals/index.js";

export default [
    {ignores: [".dev/", "**/static/lib/"]},
    js.configs.recommended,
    {
        languageOptions: {
            ecmaVersion: 2023,
            sourceType: "module",
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        linterOptions: {reportUnusedDisableDirectives: "error"},
        rules: {
            curly: "error",
            eqeqeq: ["error", "smart"],
            "no-alert": "error",
            "no-console": ["error", {allow: ["warn", "error"]}],
            "no-eval": "error",
            "no-implied-eval": "error",
            "no-restricted-imports": [
                "error",
                {
                    paths: [
                        {
                            name: "@web/legacy/js/public/public_widget",
                            message: "Odoo 19 has Interaction (@web/public/interaction) instead.",
                        },
                    ],
                },
            ],
            "no-restricted-syntax": [
                "error",
                {
                    selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]",
                    message:
                        "Use textContent, a template or markup``: this opens a door for scripts.",
                },
            ],
            "no-shadow": "error",
            "no-unused-vars": ["error", {argsIgnorePattern: "^_"}],
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": "error",
            "prefer-template": "error",
        },
    },
];
